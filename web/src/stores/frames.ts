/** Longer than a slow page's frame, shorter than anybody notices in another window. */
const unseenMs = 250;

/**
 * Collects what comes in and hands it over once per animation frame, so that 500 events a second make at most 60 renders.
 * A page that nobody sees gets no frames, whether or not it says that it is hidden: there a timer does.
 */
export function perFrame<T>(handle: (batch: T[]) => void): (item: T) => void {
  let batch: T[] = [];
  let frame = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    const ready = batch;
    batch = [];
    handle(ready);
  };
  return (item) => {
    batch.push(item);
    if (batch.length > 1) return;
    frame = requestAnimationFrame(flush);
    timer = setTimeout(flush, unseenMs);
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
