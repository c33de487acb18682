import { inNode } from './_in-node.ts'
import { cases } from './_tracker.ts'

inNode('tracker', cases)
