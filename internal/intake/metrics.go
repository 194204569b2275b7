package intake

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"businessmanager/internal/bm"
	"businessmanager/internal/store"
)

// metrics are intake's figures. None has a label that grows with deployments.
type metrics struct {
	posts      *prometheus.HistogramVec
	handshakes *prometheus.CounterVec
	refusals   *prometheus.CounterVec
	events     *prometheus.CounterVec
	groupPosts prometheus.Histogram
	commits    *prometheus.HistogramVec
	// Of the ordinary way, found once instead of by their labels each time.
	acknowledged     map[bm.PlatformName]prometheus.Observer
	committed        prometheus.Observer
	stored, repeated prometheus.Counter
}

func newMetrics(reg prometheus.Registerer, platforms []bm.Platform) *metrics {
	m := &metrics{
		posts: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "bm_webhook_post_seconds", Help: "From receipt of a post to its answer.",
			Buckets: []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5},
		}, []string{"platform", "status"}),
		handshakes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bm_webhook_handshakes_total", Help: "Handshakes answered.",
		}, []string{"platform", "status"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bm_webhook_refused_total", Help: "Posts not acknowledged, by reason.",
		}, []string{"reason"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bm_events_total", Help: "Events committed, or recognised as repeats.",
		}, []string{"result"}),
		groupPosts: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "bm_webhook_group_posts", Help: "Posts committed together.",
			Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512},
		}),
		commits: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "bm_webhook_commit_seconds", Help: "Time of a group's transaction.",
			Buckets: []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .5, 1, 4},
		}, []string{"result"}),
	}
	if reg != nil {
		reg.MustRegister(m.posts, m.handshakes, m.refusals, m.events, m.groupPosts, m.commits)
	}
	m.acknowledged = map[bm.PlatformName]prometheus.Observer{}
	for _, p := range platforms {
		m.acknowledged[p.Name()] = m.posts.WithLabelValues(string(p.Name()), "200")
	}
	m.committed = m.commits.WithLabelValues("committed")
	m.stored, m.repeated = m.events.WithLabelValues("stored"), m.events.WithLabelValues("repeated")
	return m
}

func (m *metrics) post(p bm.PlatformName, status int, took time.Duration) {
	if status == http.StatusOK {
		m.acknowledged[p].Observe(took.Seconds())
		return
	}
	m.posts.WithLabelValues(string(p), strconv.Itoa(status)).Observe(took.Seconds())
}

func (m *metrics) handshake(p bm.PlatformName, status int) {
	m.handshakes.WithLabelValues(string(p), strconv.Itoa(status)).Inc()
}

func (m *metrics) refused(reason bm.RefusalReason) { m.refusals.WithLabelValues(string(reason)).Inc() }

func (m *metrics) group(posts int, tally store.Appended, err error, took time.Duration) {
	m.groupPosts.Observe(float64(posts))
	if err != nil {
		m.commits.WithLabelValues("failed").Observe(took.Seconds())
		return
	}
	m.committed.Observe(took.Seconds())
	m.stored.Add(float64(tally.Stored))
	m.repeated.Add(float64(tally.Repeats))
}
