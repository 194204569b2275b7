package console

import (
	"context"
	"fmt"
	"html"
	"io"
	"net/http"

	"github.com/a-h/templ"

	"businessmanager/internal/bm"
	"businessmanager/web/page"
	"businessmanager/web/ui"
)

// showGallery lists every page with believable values, in development only.
func showGallery(c *call) error {
	g := c.gate("Gallery")
	return c.render(http.StatusOK, templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		list := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
			_, err := io.WriteString(w, "<h1>Gallery</h1><ul>")
			for _, s := range page.Samples() {
				if err == nil {
					name := html.EscapeString(s.Name)
					_, err = fmt.Fprintf(w, `<li><a href="%s/%s">%s</a></li>`, page.PathGallery, name, name)
				}
			}
			if err == nil {
				_, err = io.WriteString(w, "</ul>")
			}
			return err
		})
		return g.Show().Render(templ.WithChildren(ctx, list), w)
	}))
}

// showSample shows one of them, at the moment at which all samples are made.
func showSample(c *call) error {
	for _, s := range page.Samples() {
		if s.Name == c.param("sample") {
			at := ui.Around{Assets: c.assets, CSRF: csrfToken(c.cookie()), Now: page.SampleNow()}
			return c.render(http.StatusOK, templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
				return s.Page.Render(ui.With(ctx, at), w)
			}))
		}
	}
	return bm.Errorf(bm.NotFound, "There is no such sample.")
}
