// Starts the dashboard: finds Supabase, waits for who is signed in, draws.
import './style/base.css';
import './style/frame.css';
import './style/figures.css';
import './style/people.css';
import './style/admin.css';
import { render } from 'preact';
import { App } from './app';

const place = document.getElementById('app');
if (place) render(<App />, place);
