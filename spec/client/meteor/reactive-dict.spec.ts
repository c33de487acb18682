import { inNode } from './_in-node.ts'
import { cases } from './_reactive-dict.ts'

inNode('reactive-dict', cases)
