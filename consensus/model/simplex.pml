/* The voting rules of Simplex for four validators, one of them Byzantine, over the first VIEWS views. Rule numbers are
 * those of ../README.md. README.md here says what is checked, what is left out and why the short cuts are sound; ./check
 * runs it. Options:
 *
 *   -DSAFETY     S1. The Byzantine validator has cast every vote there is, from the start
 *   -DPHASED     everybody's votes of one view come before anybody's of the next
 *   -DLIVENESS   L1, with PHASED. The Byzantine validator votes, or not, vote by vote; from some moment (gst) on the
 *                timers of the others fire only when nothing else can happen, which is what a timely network means
 *
 * Broken on purpose, to show that the check can fail:
 *   -DFINALIZE_AFTER_NULLIFY    rule 7 without "never nullified that view"         breaks S1
 *   -DBUILD_ACROSS_GAPS         rule 4 without "every view between is nullified"   breaks S1
 *   -DKEEP_NOTARIZED            rule 6 without nullify after one's own notarize    breaks L1
 */

#ifndef VIEWS
#define VIEWS 3
#endif

#define NONE 255
#define BYZANTINE 3

/* Arrays have a place for view 0, which is genesis. Blocks: 0 is genesis; view w may bring forth 2w-1 and 2w. */
byte proposal[2 * (VIEWS + 1)];  /* up to two by the leader of each view, if it is Byzantine */
byte base_view[2 * (VIEWS + 1)]; /* view in which the proposal says that what it builds on is certified */
byte base[2 * (VIEWS + 1)];      /* its parent; of a re-proposal, the block itself */
byte parent[2 * VIEWS + 1];
byte first_leader;               /* leader of view 1; the others follow in a ring */

#define LEADER(w) ((first_leader + (w) - 1) % 4)
#define P(w, x) proposal[2 * (w) + (x)]

/* The votes of the honest: the block notarized, whether nullified, the block finalized. */
#ifdef PHASED
byte notarized[3], finalized[3]; /* in the view that all are in */
bit nullified[3];
#define N(i, w) notarized[i]
#define U(i, w) nullified[i]
#define F(i, w) finalized[i]
#else
byte notarized[3 * (VIEWS + 1)], finalized[3 * (VIEWS + 1)];
bit nullified[3 * (VIEWS + 1)];
#define N(i, w) notarized[(i) * (VIEWS + 1) + (w)]
#define U(i, w) nullified[(i) * (VIEWS + 1) + (w)]
#define F(i, w) finalized[(i) * (VIEWS + 1) + (w)]
#endif

/* The votes of the Byzantine validator. */
#ifdef SAFETY
#define BN(w, b) 1
#define BU(w) 1
#define BF(w, b) 1
#else
byte byzantine_notarized; /* in the view that all are in; bit x: for proposal x */
bit byzantine_nullified;
#define BN(w, b) (((b) == P(w, 0) && (byzantine_notarized & 1)) || ((b) == P(w, 1) && (byzantine_notarized & 2)))
#define BU(w) byzantine_nullified
#define BF(w, b) 0 /* to finalize would only help */
#endif

/* Certificates: three of four votes. */
#define Q_NOTARIZE(w, b) ((N(0, w) == (b)) + (N(1, w) == (b)) + (N(2, w) == (b)) + BN(w, b) >= 3)
#define Q_NULLIFY(w) (U(0, w) + U(1, w) + U(2, w) + BU(w) >= 3)
#define Q_FINALIZE(w, b) ((F(0, w) == (b)) + (F(1, w) == (b)) + (F(2, w) == (b)) + BF(w, b) >= 3)
#ifdef PHASED
byte phase;                                                /* the view that all are in */
byte past_notarized[VIEWS + 1], past_finalized[VIEWS + 1]; /* certificates of views before: bit x for proposal x */
bit past_nullified[VIEWS + 1];
#define PAST(bits, w, b) (((b) == P(w, 0) && (bits[w] & 1)) || ((b) == P(w, 1) && (bits[w] & 2)))
#define NOTARIZATION(w, b) ((b) != NONE && ((w) == phase -> Q_NOTARIZE(w, b) : PAST(past_notarized, w, b)))
#define NULLIFICATION(w) ((w) == phase -> Q_NULLIFY(w) : past_nullified[w])
#define FINALIZATION(w, b) ((b) != NONE && ((w) == phase -> Q_FINALIZE(w, b) : PAST(past_finalized, w, b)))
#define AT(i, w) (phase == (w))
#define BEYOND(i, w) (phase == (w))
#else
byte view[3]; /* where an honest validator is */
#define NOTARIZATION(w, b) ((b) != NONE && Q_NOTARIZE(w, b))
#define NULLIFICATION(w) Q_NULLIFY(w)
#define FINALIZATION(w, b) ((b) != NONE && Q_FINALIZE(w, b))
#define AT(i, w) (view[i] == (w))
#define BEYOND(i, w) (view[i] > (w))
#endif
#define CERTIFIED(w, b) (((w) == 0 && (b) == 0) || ((w) > 0 && (NOTARIZATION(w, b) || FINALIZATION(w, b))))

/* Every view strictly between the two is nullified. */
#define PASSED(from, w, to) ((w) <= (from) || (w) >= (to) || NULLIFICATION(w))
#ifdef BUILD_ACROSS_GAPS
#define BRIDGED(from, to) true
#elif VIEWS == 2
#define BRIDGED(from, to) PASSED(from, 1, to)
#elif VIEWS == 3
#define BRIDGED(from, to) (PASSED(from, 1, to) && PASSED(from, 2, to))
#else
#define BRIDGED(from, to) (PASSED(from, 1, to) && PASSED(from, 2, to) && PASSED(from, 3, to))
#endif

#define ENDED(w) (NULLIFICATION(w) || NOTARIZATION(w, P(w, 0)) || NOTARIZATION(w, P(w, 1)))
#define ACCEPTABLE(w, x) \
  (P(w, x) != NONE && CERTIFIED(base_view[2 * (w) + (x)], base[2 * (w) + (x)]) && BRIDGED(base_view[2 * (w) + (x)], w))

/* Rule 2: a fresh block on what is certified in view p (proposal y of it). */
#define OFFER(w, x, p, b) \
  P(w, x) = 2 * (w) - 1 + (x); parent[2 * (w) - 1 + (x)] = (b); base_view[2 * (w) + (x)] = (p); base[2 * (w) + (x)] = (b)
/* Rule 3: the same block again. */
#define OFFER_AGAIN(w, x, p, b) P(w, x) = (b); base_view[2 * (w) + (x)] = (p); base[2 * (w) + (x)] = (b)

#ifdef FINALIZE_AFTER_NULLIFY
#define MAY_FINALIZE(i, w, b) (F(i, w) == NONE && (N(i, w) == NONE || N(i, w) == (b)))
#else
#define MAY_FINALIZE(i, w, b) (F(i, w) == NONE && !U(i, w) && (N(i, w) == NONE || N(i, w) == (b)))
#endif
#ifdef KEEP_NOTARIZED
#define MAY_NULLIFY(i, w) (!U(i, w) && F(i, w) == NONE && N(i, w) == NONE)
#else
#define MAY_NULLIFY(i, w) (!U(i, w) && F(i, w) == NONE)
#endif
#ifdef LIVENESS
bit gst;       /* the network is timely from now on */
byte gst_view; /* highest view that anyone was in then */
bit waiting;   /* the Byzantine validator waits for a timer of the others */
#define TIMER (!gst || timeout)
#define WAKE waiting = 0
#else
#define TIMER true
#define WAKE skip
#endif

/* What an honest validator i may do that concerns view w; p is an earlier view, b its proposal y. */
#define LEAD_ON(i, w, p, b)                                                                                           \
  :: atomic { LEADER(w) == i && AT(i, w) && P(w, 0) == NONE && !U(i, w) && CERTIFIED(p, b) && BRIDGED(p, w) ->        \
              OFFER(w, 0, p, b); N(i, w) = P(w, 0) }                                                                  \
  :: atomic { (p) > 0 && LEADER(w) == i && AT(i, w) && P(w, 0) == NONE && !U(i, w) && CERTIFIED(p, b) &&              \
              BRIDGED(p, w) -> OFFER_AGAIN(w, 0, p, b); N(i, w) = P(w, 0) }
#ifdef PHASED
#define ENTER(i, w)
#else
#define ENTER(i, w) :: atomic { view[i] <= w && ENDED(w) -> view[i] = (w) + 1 }
#endif
#define FOLLOW(i, w)                                                                                                  \
  ENTER(i, w)                                                                                                         \
  :: atomic { AT(i, w) && N(i, w) == NONE && !U(i, w) && ACCEPTABLE(w, 0) -> N(i, w) = P(w, 0) }                      \
  :: atomic { AT(i, w) && N(i, w) == NONE && !U(i, w) && ACCEPTABLE(w, 1) -> N(i, w) = P(w, 1) }                      \
  :: atomic { BEYOND(i, w) && NOTARIZATION(w, P(w, 0)) && MAY_FINALIZE(i, w, P(w, 0)) -> F(i, w) = P(w, 0) }          \
  :: atomic { BEYOND(i, w) && NOTARIZATION(w, P(w, 1)) && MAY_FINALIZE(i, w, P(w, 1)) -> F(i, w) = P(w, 1) }          \
  :: atomic { AT(i, w) && MAY_NULLIFY(i, w) && TIMER -> U(i, w) = 1; WAKE }

proctype Honest(byte i) {
end:
  do
  FOLLOW(i, 1)
  FOLLOW(i, 2)
  LEAD_ON(i, 1, 0, 0)
  LEAD_ON(i, 2, 0, 0)
  LEAD_ON(i, 2, 1, P(1, 0))
  LEAD_ON(i, 2, 1, P(1, 1))
#if VIEWS >= 3
  FOLLOW(i, 3)
  LEAD_ON(i, 3, 0, 0)
  LEAD_ON(i, 3, 1, P(1, 0))
  LEAD_ON(i, 3, 1, P(1, 1))
  LEAD_ON(i, 3, 2, P(2, 0))
  LEAD_ON(i, 3, 2, P(2, 1))
#endif
#if VIEWS >= 4
  FOLLOW(i, 4)
  LEAD_ON(i, 4, 0, 0)
  LEAD_ON(i, 4, 1, P(1, 0))
  LEAD_ON(i, 4, 1, P(1, 1))
  LEAD_ON(i, 4, 2, P(2, 0))
  LEAD_ON(i, 4, 2, P(2, 1))
  LEAD_ON(i, 4, 3, P(3, 0))
  LEAD_ON(i, 4, 3, P(3, 1))
#endif
  od
}

/* A Byzantine leader offers up to two proposals, on anything that the honest would accept, or ever will. */
#define LIE_ON(w, p, b)                                                                                               \
  :: atomic { LEADER(w) == BYZANTINE && P(w, 0) == NONE && CERTIFIED(p, b) -> OFFER(w, 0, p, b) }                     \
  :: atomic { LEADER(w) == BYZANTINE && P(w, 0) != NONE && P(w, 1) == NONE && CERTIFIED(p, b) -> OFFER(w, 1, p, b) }  \
  :: atomic { (p) > 0 && LEADER(w) == BYZANTINE && P(w, 0) == NONE && CERTIFIED(p, b) -> OFFER_AGAIN(w, 0, p, b) }    \
  :: atomic { (p) > 0 && LEADER(w) == BYZANTINE && P(w, 0) != NONE && P(w, 1) == NONE && P(w, 0) != (b) &&            \
              CERTIFIED(p, b) -> OFFER_AGAIN(w, 1, p, b) }
proctype Byzantine() {
end:
  do
  LIE_ON(1, 0, 0)
  LIE_ON(2, 0, 0)
  LIE_ON(2, 1, P(1, 0))
  LIE_ON(2, 1, P(1, 1))
#if VIEWS >= 3
  LIE_ON(3, 0, 0)
  LIE_ON(3, 1, P(1, 0))
  LIE_ON(3, 1, P(1, 1))
  LIE_ON(3, 2, P(2, 0))
  LIE_ON(3, 2, P(2, 1))
#endif
#if VIEWS >= 4
  LIE_ON(4, 0, 0)
  LIE_ON(4, 1, P(1, 0))
  LIE_ON(4, 1, P(1, 1))
  LIE_ON(4, 2, P(2, 0))
  LIE_ON(4, 2, P(2, 1))
  LIE_ON(4, 3, P(3, 0))
  LIE_ON(4, 3, P(3, 1))
#endif
#ifdef LIVENESS
  :: atomic { P(phase, 0) != NONE && !(byzantine_notarized & 1) -> byzantine_notarized = byzantine_notarized | 1 }
  :: atomic { P(phase, 1) != NONE && !(byzantine_notarized & 2) -> byzantine_notarized = byzantine_notarized | 2 }
  :: atomic { !byzantine_nullified -> byzantine_nullified = 1 }
  :: true -> break /* says no more */
  :: waiting = 1;
end_waiting:
     !waiting
#endif
  od
}

#ifdef SAFETY
/* S1: of two finalized blocks the one of the earlier view is the other or an ancestor of it. */
#define UP(b) parent[b]
#define DESCENDS(a, b) ((a) == (b) || (a) == UP(b) || (a) == UP(UP(b)) || (a) == UP(UP(UP(b))) || (a) == UP(UP(UP(UP(b)))))
#define AGREE(w, x, v, y) (!(FINALIZATION(w, P(w, x)) && FINALIZATION(v, P(v, y))) || DESCENDS(P(w, x), P(v, y)))
#define AGREE_IN(w) AGREE(w, 0, w, 1)
#define AGREE_OF(w, v) (AGREE(w, 0, v, 0) && AGREE(w, 0, v, 1) && AGREE(w, 1, v, 0) && AGREE(w, 1, v, 1))
#define S1_3 (AGREE_IN(1) && AGREE_IN(2) && AGREE_OF(1, 2) && AGREE_IN(VIEWS) && AGREE_OF(1, VIEWS) && AGREE_OF(2, VIEWS))
#if VIEWS == 4
#define S1 (S1_3 && AGREE_IN(3) && AGREE_OF(1, 3) && AGREE_OF(2, 3) && AGREE_OF(3, 4))
#else
#define S1 S1_3
#endif

proctype Observer() {
end:
  atomic { !(S1) -> assert(false) }
}
#endif

#ifdef PHASED
#define COULD_FINALIZE(i, x) (NOTARIZATION(phase, P(phase, x)) && MAY_FINALIZE(i, phase, P(phase, x)))
#define NOBODY_COULD_FINALIZE                                                              \
  (!COULD_FINALIZE(0, 0) && !COULD_FINALIZE(1, 0) && !COULD_FINALIZE(2, 0) &&              \
   !COULD_FINALIZE(0, 1) && !COULD_FINALIZE(1, 1) && !COULD_FINALIZE(2, 1))
#ifdef LIVENESS
/* Whoever may finalize does so in time, though others have left the view. Nobody goes too far before gst. */
#define MAY_GO_ON (gst -> NOBODY_COULD_FINALIZE : phase < VIEWS - 2)
#else
#define MAY_GO_ON true
#endif
#define CERTIFICATES(of, w) ((of(w, P(w, 0)) -> 1 : 0) + (of(w, P(w, 1)) -> 2 : 0))

/* All go on to the next view; of this one only its certificates are kept. */
proctype Scheduler() {
end:
  do
  :: atomic {
       phase < VIEWS && ENDED(phase) && MAY_GO_ON ->
       past_notarized[phase] = CERTIFICATES(NOTARIZATION, phase);
       past_finalized[phase] = CERTIFICATES(FINALIZATION, phase);
       past_nullified[phase] = NULLIFICATION(phase);
       notarized[0] = NONE; notarized[1] = NONE; notarized[2] = NONE;
       finalized[0] = NONE; finalized[1] = NONE; finalized[2] = NONE;
       nullified[0] = 0; nullified[1] = 0; nullified[2] = 0;
#ifdef LIVENESS
       byzantine_notarized = 0; byzantine_nullified = 0;
       WAKE;
#endif
       phase++
     }
  od
}
#endif

#ifdef LIVENESS
/* The network becomes timely while enough views are left: the one under way, one of the Byzantine leader, one more. */
proctype Network() {
end:
  atomic { phase <= VIEWS - 2 -> gst = 1; gst_view = phase }
}

/* L1: no run ends before something has become final in the view of gst or later. Every step casts a vote or enters a
 * view, so every run ends; one that ends here is reported as an invalid end state. */
#define DECIDED(w) ((w) >= gst_view && (FINALIZATION(w, P(w, 0)) || FINALIZATION(w, P(w, 1))))
proctype Observer() {
#if VIEWS == 4
  gst && (DECIDED(1) || DECIDED(2) || DECIDED(3) || DECIDED(4))
#else
  gst && (DECIDED(1) || DECIDED(2) || DECIDED(3))
#endif
}
#endif

init {
  byte k;
  atomic {
#ifdef PHASED
    for (k : 0 .. 2) { notarized[k] = NONE; finalized[k] = NONE }
    phase = 1;
    run Scheduler();
#else
    for (k : 0 .. 3 * (VIEWS + 1) - 1) { notarized[k] = NONE; finalized[k] = NONE }
    view[0] = 1; view[1] = 1; view[2] = 1;
#endif
    for (k : 0 .. 2 * (VIEWS + 1) - 1) { proposal[k] = NONE }
    select (k : 0 .. 3);
    first_leader = k;
    k = 0;
    run Honest(0); run Honest(1); run Honest(2); run Byzantine(); run Observer();
#ifdef LIVENESS
    run Network()
#endif
  }
}
