import { auth } from './access-patterns/auth.ts';
import { billing } from './access-patterns/billing.ts';
import { calls } from './access-patterns/calls.ts';
import { dialplan } from './access-patterns/dialplan.ts';
import { patternsOf, type AccessPattern, type Layout, type Layouts } from './access-patterns/layout.ts';
import { messaging } from './access-patterns/messaging.ts';
import { orgs } from './access-patterns/orgs.ts';
import { platform } from './access-patterns/platform.ts';
import { system } from './access-patterns/system.ts';
import { telephony } from './access-patterns/telephony.ts';
import { users } from './access-patterns/users.ts';
import type { Entity } from '../contract/entities.ts';

/** How every kind of item lies in the one table; stores are written to it, whether or not they are yet. */
export const layouts: Layouts = { ...platform, ...auth, ...users, ...orgs, ...telephony, ...dialplan, ...billing, ...messaging, ...system, ...calls };

/** Every kind of item with its layout. */
export const layoutList = Object.entries(layouts) as readonly (readonly [Entity, Layout])[];

/** The table of access patterns: everything that anything reads, one row per reader and key. None is a Scan. */
export const accessPatterns: readonly AccessPattern[] = layoutList.flatMap(([entity, layout]) => patternsOf(entity, layout));
