import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import { setApiLanguage } from '../api/http';

export type Language = 'en' | 'zh-CN';

interface Preferences {
  language: Language;
  setLanguage: (language: Language) => void;
  /** The question whether to notify has been answered. */
  notifyAsked: boolean;
  setNotifyAsked: () => void;
}

const ofBrowser = (): Language => (navigator.language.startsWith('zh') ? 'zh-CN' : 'en');

/** What the user chose, kept in this browser. The theme is kept by the component library. */
export const usePreferences = create<Preferences>()(
  persist(
    (set) => ({
      language: ofBrowser(),
      setLanguage: (language) => { set({ language }); },
      notifyAsked: false,
      setNotifyAsked: () => { set({ notifyAsked: true }); },
    }),
    { name: 'tasklane.preferences' },
  ),
);

// What was chosen in another tab is chosen here too.
window.addEventListener('storage', (event) => { if (event.key === 'tasklane.preferences') void usePreferences.persist.rehydrate(); });

const apply = ({ language }: Preferences): void => {
  setApiLanguage(language);
  document.documentElement.lang = language;
};
apply(usePreferences.getState());
usePreferences.subscribe(apply);
