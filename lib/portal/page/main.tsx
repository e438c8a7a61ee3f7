// The first thing that runs: a link is turned into a session, then the album is shown.
import { render } from 'preact'
import { App } from './app.tsx'

const page = document.getElementById('page')
if (page) render(<App />, page)
