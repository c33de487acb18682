import { listen } from '../support/listen.ts'
import { createApp } from './app.ts'

listen(createApp())
