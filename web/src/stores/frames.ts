/** Longer than a slow page's frame, shorter than anybody notices in another window. */
const unseenMs = 250;
/** Twenty times a second looks live; more often, laying out and painting the page would take most of a slow machine's time. */
const restMs = 50;

/**
 * Collects what comes in and hands it over in an animation frame, at once after a quiet time and else at most once per
 * {@link restMs}: 500 events a second make 20 renders. A page that nobody sees gets no frames, whether or not it says that it
 * is hidden: there a timer does.
 */
export function perFrame<T>(handle: (batch: T[]) => void): (item: T) => void {
  let batch: T[] = [];
  let last = -restMs;
  let frame = 0;
  let timers: ReturnType<typeof setTimeout>[] = [];
  const flush = (): void => {
    cancelAnimationFrame(frame);
    timers.forEach(clearTimeout);
    timers = [];
    last = performance.now();
    const ready = batch;
    batch = [];
    handle(ready);
  };
  const next = (): void => { frame = requestAnimationFrame(flush); };
  return (item) => {
    batch.push(item);
    if (batch.length > 1) return;
    const rest = last + restMs - performance.now();
    timers = [setTimeout(flush, Math.max(0, rest) + unseenMs)];
    if (rest > 0) timers.push(setTimeout(next, rest));
    else next();
  };
}

/** Runs at most once per interval; a call meanwhile makes one more run at its end. */
export function throttled(run: () => Promise<void>, intervalMs: number): () => void {
  let resting = false;
  let asked = false;
  const go = async (): Promise<void> => {
    resting = true;
    asked = false;
    try {
      await run();
    } finally {
      setTimeout(() => {
        resting = false;
        if (asked) void go();
      }, intervalMs);
    }
  };
  return () => {
    if (resting) asked = true;
    else void go();
  };
}
