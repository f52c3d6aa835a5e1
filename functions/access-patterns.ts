import { auth } from './accounts/rows/auth-access-patterns.ts';
import { billing } from './billing/rows/access-patterns.ts';
import { cdrTasks } from './billing/rows/cdr-task-access-patterns.ts';
import { reservations } from './billing/rows/reservation-access-patterns.ts';
import { unrated } from './billing/rows/unrated-access-patterns.ts';
import { calls } from './calls/rows/access-patterns.ts';
import { dialplan } from './dialplan/rows/access-patterns.ts';
import {
  patternsOf,
  type AccessPattern,
  type Layout,
  type Layouts,
} from '../shared/dynamodb/access-patterns/layout.ts';
import { messaging } from './messaging/rows/access-patterns.ts';
import { orgs } from './accounts/rows/organization-access-patterns.ts';
import { platform } from '../shared/dynamodb/access-patterns/platform.ts';
import { system } from './system/rows/access-patterns.ts';
import { telephony } from './telephony/rows/access-patterns.ts';
import { subscriptions } from './accounts/rows/subscription-access-patterns.ts';
import { users } from './accounts/rows/user-access-patterns.ts';
import type { Entity } from '../shared/contract/entities.ts';

/** The layout of every kind of item in the one table, also of those that are not built yet. */
export const layouts: Layouts = {
  ...platform,
  ...auth,
  ...subscriptions,
  ...users,
  ...orgs,
  ...telephony,
  ...dialplan,
  ...billing,
  ...cdrTasks,
  ...reservations,
  ...unrated,
  ...messaging,
  ...system,
  ...calls,
};

/** Every kind of item with its layout. */
export const layoutList = Object.entries(layouts) as readonly (readonly [Entity, Layout])[];

/** The table of access patterns: everything that anything reads, one row per reader and key. None is a Scan. */
export const accessPatterns: readonly AccessPattern[] = layoutList.flatMap(([entity, layout]) =>
  patternsOf(entity, layout),
);
