import { handlerOfParts, type Part } from '#queue/parts.ts';
import { cascadingDeletes } from '../cascading-deletes/contract.ts';
import { handler as cascadingDeletesHandler } from '../cascading-deletes/handler.ts';
import { domainChanges } from '../../accounts/domain-changes/contract.ts';
import { handler as domainChangesHandler } from '../../accounts/domain-changes/handler.ts';

/** Those that share the queue. */
export const parts: readonly Part[] = [
  { contract: cascadingDeletes, handler: cascadingDeletesHandler },
  { contract: domainChanges, handler: domainChangesHandler },
];

export const handler = handlerOfParts(parts);
