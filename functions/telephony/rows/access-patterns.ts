import type { SomeLayouts } from '../../../shared/dynamodb/access-patterns/layout.ts';
import { devicePatterns } from './device-access-patterns.ts';
import { gatewayPatterns } from './gateway-access-patterns.ts';
import { numberPatterns } from './number-access-patterns.ts';
import { trunkPatterns } from './trunk-access-patterns.ts';

/** Keys and reads of every row of the area. */
export const telephony = {
  ...trunkPatterns,
  ...devicePatterns,
  ...gatewayPatterns,
  ...numberPatterns,
} as const satisfies SomeLayouts;
