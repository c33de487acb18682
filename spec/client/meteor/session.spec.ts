import { inNode } from './_in-node.ts'
import { cases } from './_session.ts'

inNode('session', cases)
