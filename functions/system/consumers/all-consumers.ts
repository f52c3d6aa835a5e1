import type { Consumer } from '#contract/resource.ts';
import { accountsConsumers } from '../../accounts/consumers.ts';
import { billingConsumers } from '../../billing/consumers.ts';
import { callsConsumers } from '../../calls/consumers.ts';
import { messagingConsumers } from '../../messaging/consumers.ts';
import { platformConsumers } from '../../platform/consumers.ts';
import { systemConsumers } from './consumers.ts';
import { telephonyConsumers } from '../../telephony/consumers.ts';

/** Every consumer: what events and due pointers start. The functions that send to their queues bundle no other. */
export const consumers: readonly Consumer[] = [
  ...platformConsumers,
  ...billingConsumers,
  ...telephonyConsumers,
  ...callsConsumers,
  ...messagingConsumers,
  ...accountsConsumers,
  ...systemConsumers,
];
