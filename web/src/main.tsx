import './styles';
import { MantineProvider } from '@mantine/core';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { App } from './app';
import { theme } from './theme';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

// The variables and classes that Mantine would write into <style> tags are in files: the Content-Security-Policy allows no other.
createRoot(root).render(
  <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
    {/* A filter shows what was chosen at once: in a transition its control would fall back to the old choice first. */}
    <BrowserRouter useTransitions={false}>
      <App />
    </BrowserRouter>
  </MantineProvider>,
);
