import type { Consumer } from '#contract/resource.ts';
import { fileUploads } from './file-uploads/contract.ts';
import { webhookDelivery, webhookRetries } from './webhook-delivery/contract.ts';

/** The consumers among the contracts: what sends to their queues bundles no others. */
export const platformConsumers: readonly Consumer[] = [fileUploads, webhookDelivery, webhookRetries];
