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
    <BrowserRouter>
      <App />
    </BrowserRouter>
  </MantineProvider>,
);
