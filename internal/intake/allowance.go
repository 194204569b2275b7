package intake

import (
	"golang.org/x/time/rate"
)

// allowance limits how much of something is written down, so that a flood fills
// no table. What is over it is still answered and counted.
type allowance struct{ l *rate.Limiter }

func newAllowance(perSecond float64, burst int) *allowance {
	return &allowance{rate.NewLimiter(rate.Limit(perSecond), burst)}
}

func (a *allowance) take() bool { return a.l.Allow() }
