package console

import (
	"context"
	"io"
	"net/http"

	"github.com/a-h/templ"

	"businessmanager/internal/bm"
	"businessmanager/web/page"
	"businessmanager/web/ui"
)

// showGallery shows every piece in every state, in development only.
func showGallery(c *call) error {
	return c.sample(page.Gallery(page.SampleFrame("Gallery"), page.Samples()))
}

// showSample shows one page filled with believable values.
func showSample(c *call) error {
	for _, s := range page.Samples() {
		if s.Name == c.param("sample") {
			return c.sample(s.Page)
		}
	}
	return bm.Errorf(bm.NotFound, "There is no such sample.")
}

// sample prints a page at the moment at which all samples are made.
func (c *call) sample(p templ.Component) error {
	at := ui.Around{Assets: c.assets, CSRF: csrfToken(c.cookie()), Now: page.SampleNow()}
	return c.render(http.StatusOK, templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return p.Render(ui.With(ctx, at), w)
	}))
}
