import { create } from 'zustand';

interface Clock {
  now: number;
}

const tickMs = 1_000;

/** One clock for the whole page. It stands still while nobody looks at the page or at anything that changes with time. */
const useClock = create<Clock>()(() => ({ now: Date.now() }));

let lookers = 0;
let timer: ReturnType<typeof setInterval> | undefined;

const tick = (): void => { useClock.setState({ now: Date.now() }); };
const run = (): void => {
  clearInterval(timer);
  timer = lookers > 0 && !document.hidden ? setInterval(tick, tickMs) : undefined;
  if (timer) tick();
};
document.addEventListener('visibilitychange', run);

/** Starts the clock for as long as somebody looks; answers how to stop looking. */
export function watchClock(): () => void {
  lookers++;
  if (lookers === 1) run();
  return () => {
    lookers--;
    if (lookers === 0) run();
  };
}

/** What `read` makes of now: a component renders again only when that changes, not with every second. */
export function useNow<T>(read: (now: number) => T): T {
  return useClock((clock) => read(clock.now));
}
