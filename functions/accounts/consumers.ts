import type { Consumer } from '#contract/resource.ts';
import { domainChanges } from './domain-changes/contract.ts';
import { passwordResetEmails } from './password-reset-emails/contract.ts';

/** The consumers among the contracts: what sends to their queues bundles no others. */
export const accountsConsumers: readonly Consumer[] = [domainChanges, passwordResetEmails];
