import { messages } from './messages.ts';
import { money, moneyPages } from './money.ts';
import { people } from './people.ts';
import { platform, platformPages } from './platform.ts';
import { telephony, telephonyPages } from './telephony.ts';
import type { PartsPage, ResourcePages } from './definitions.ts';

/** The resources that have the same pages: a list, and a form for one. */
export const resources: readonly ResourcePages[] = [...people, ...telephony, ...messages, ...money, ...platform];

/** The pages of operations that belong to no single resource. */
export const partsPages: readonly PartsPage[] = [...telephonyPages, ...moneyPages, ...platformPages];
