package meta

import "businessmanager/internal/bm"

// kindOf names the kind that a member of a messaging element stands for. Where an
// element has several (a message that came with a referral), the lowest rank
// decides: what a person did comes before what is told about it. Rank 0 is a
// member that names no kind.
//
// Payments, game plays and message requests are not in the list. Meta has
// withdrawn them, no type of the contract means them, and a bot that gets an
// order must be able to trust that it is a cart: they stay unknown, whole.
func kindOf(name []byte) (kind bm.EventKind, rank int) {
	switch string(name) {
	case "message":
		return bm.KindMessage, 1
	case "postback":
		return bm.KindPostback, 2
	case "reaction":
		return bm.KindReaction, 3
	case "message_edit":
		return bm.KindEdit, 4
	case "order":
		return bm.KindOrder, 5
	case "optin":
		return bm.KindOptin, 6
	case "referral":
		return bm.KindReferral, 7
	case "account_linking":
		return bm.KindAccountLinking, 8
	case "response_feedback", "messaging_feedback":
		return bm.KindFeedback, 9
	case "pass_thread_control", "take_thread_control", "request_thread_control", "app_roles":
		return bm.KindHandover, 10
	case "policy_enforcement", "policy-enforcement": // Meta's own pages spell it both ways
		return bm.KindPolicy, 11
	case "read":
		return bm.KindRead, 12
	case "delivery":
		return bm.KindDelivery, 13
	}
	return "", 0
}

// isMessagingField tells the fields whose changes hold a messaging element as
// their value (reference, 3.1). The singular spellings are Meta's own slips.
func isMessagingField(field string) bool {
	switch field {
	case "messages", "message_echoes", "message_edits", "message_reactions",
		"message_reads", "message_deliveries", "messaging_seen", "messaging_postbacks",
		"messaging_referrals", "messaging_referral", "messaging_optins",
		"messaging_account_linking", "messaging_feedback", "response_feedback",
		"messaging_handovers", "messaging_handover", "messaging_policy_enforcement",
		"send_cart", standbyField:
		return true
	}
	return false
}

const standbyField = "standby"

// element is what intake needs to know of one messaging element.
type element struct {
	kind      bm.EventKind // Unknown where no member names one
	sender    []byte
	recipient []byte
	timestamp []byte
	detail    detail
}

// detail is what it needs to know of the member that names the kind.
type detail struct {
	mid                              []byte
	mids                             []byte
	action, reaction, emoji, numEdit []byte
	echo, deleted                    bool
	sender, timestamp                []byte // the element's, for the key
}

// readElement goes over an element's members once, and once over those of the
// member that decides. Of members that stand twice the last counts, as for most
// decoders; null counts as absent.
func readElement(raw []byte) element {
	e := element{kind: bm.KindUnknown}
	var payload []byte
	best := 0
	for m := membersOf(raw); ; {
		f, ok := m.next()
		if !ok {
			break
		}
		if isNull(f.value) {
			continue
		}
		switch string(f.name) {
		case "sender":
			e.sender = f.value
		case "recipient":
			e.recipient = f.value
		case "timestamp":
			e.timestamp = f.value
		default:
			kind, rank := kindOf(f.name)
			if rank != 0 && (best == 0 || rank <= best) {
				e.kind, best, payload = kind, rank, f.value
			}
		}
	}
	e.detail = readDetail(payload)
	e.detail.sender, e.detail.timestamp = e.sender, e.timestamp
	if e.kind == bm.KindMessage && e.detail.echo {
		e.kind = bm.KindEcho
	}
	return e
}

func readDetail(raw []byte) detail {
	var d detail
	for m := membersOf(raw); ; {
		f, ok := m.next()
		if !ok {
			return d
		}
		switch string(f.name) {
		case "mid":
			d.mid = f.value
		case "mids":
			d.mids = f.value
		case "action":
			d.action = f.value
		case "reaction":
			d.reaction = f.value
		case "emoji":
			d.emoji = f.value
		case "num_edit":
			d.numEdit = f.value
		case "is_echo":
			d.echo = isTrue(f.value)
		case "is_deleted":
			d.deleted = isTrue(f.value)
		}
	}
}

// isTrue is generous: an echo that is not recognised makes a bot talk to itself.
func isTrue(raw []byte) bool {
	switch string(raw) {
	case "true", `"true"`, "1", `"1"`:
		return true
	}
	return false
}

// onlyID is the one id of a list, such as the only message that a delivery names.
func onlyID(list []byte) string {
	walk := elementsOf(list)
	first, ok := walk.next()
	if _, more := walk.next(); !ok || more {
		return ""
	}
	return identifier(first)
}

// person is the person's page-scoped id. The Page speaks in echoes, and wherever
// the sender is the entry's own account; then the person is the recipient. A
// sender without an id (user_ref) and an absent one (app_roles, policy) are nobody.
func (e *element) person(account string) string {
	sender := partyID(e.sender)
	if e.kind == bm.KindEcho || (sender != "" && sender == account) {
		return partyID(e.recipient)
	}
	return sender
}

// partyID reads {"id": …}, and an id that stands there bare.
func partyID(raw []byte) string {
	if !isObject(raw) {
		return identifier(raw)
	}
	var id []byte
	for m := membersOf(raw); ; {
		f, ok := m.next()
		if !ok {
			return identifier(id)
		}
		if string(f.name) == "id" {
			id = f.value
		}
	}
}
