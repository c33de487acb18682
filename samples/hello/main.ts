import { developmentKeys } from '../support/development-keys.ts'
import { listen } from '../support/listen.ts'
import { createApp } from './app.ts'

listen(createApp({ keys: developmentKeys() }))
