import { create } from 'zustand';

export interface Notice {
  key: number;
  text: string;
  bad: boolean;
}

interface NoticesStore {
  notices: Notice[];
  say: (text: string, bad?: boolean) => void;
  dismiss: (key: number) => void;
}

let last = 0;
const shownMs = 6_000;

/** Short messages in a corner of the page, gone after a while. */
export const useNotices = create<NoticesStore>()((set) => ({
  notices: [],
  say: (text, bad = false) => {
    const key = ++last;
    set(({ notices }) => ({ notices: [...notices.slice(-3), { key, text, bad }] }));
    setTimeout(() => { set(({ notices }) => ({ notices: notices.filter((notice) => notice.key !== key) })); }, shownMs);
  },
  dismiss: (key) => { set(({ notices }) => ({ notices: notices.filter((notice) => notice.key !== key) })); },
}));
