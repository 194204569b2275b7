package intake

import (
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
}

func newMetrics(reg prometheus.Registerer) *metrics {
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
	return m
}

func (m *metrics) post(p bm.PlatformName, status int, took time.Duration) {
	m.posts.WithLabelValues(string(p), strconv.Itoa(status)).Observe(took.Seconds())
}

func (m *metrics) handshake(p bm.PlatformName, status int) {
	m.handshakes.WithLabelValues(string(p), strconv.Itoa(status)).Inc()
}

func (m *metrics) refused(reason bm.RefusalReason) { m.refusals.WithLabelValues(string(reason)).Inc() }

func (m *metrics) group(posts int, tally store.Appended, err error, took time.Duration) {
	result := "committed"
	if err != nil {
		result = "failed"
	}
	m.commits.WithLabelValues(result).Observe(took.Seconds())
	m.groupPosts.Observe(float64(posts))
	m.events.WithLabelValues("stored").Add(float64(tally.Stored))
	m.events.WithLabelValues("repeated").Add(float64(tally.Repeats))
}
