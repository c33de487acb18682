import { createApp } from './app.ts'
import { developmentKeys } from './support/development-keys.ts'
import { listen } from './support/listen.ts'

listen(createApp({ keys: developmentKeys(), directory: '.sessions' }))
