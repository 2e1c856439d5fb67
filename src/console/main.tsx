import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.jsx';
import './style.css';
import './header.css';
import './tables.css';

const root = document.getElementById('console');
if (root === null) throw new Error('the document has no place for the console');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
