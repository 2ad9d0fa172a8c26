import { createTheme } from '@mantine/core';

export const theme = createTheme({
  primaryColor: 'blue',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // Mantine locks the page's scrolling with a <style> tag; styles.css does it with a class of the page.
    Modal: { defaultProps: { lockScroll: false } },
  },
});
