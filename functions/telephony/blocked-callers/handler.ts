import { serve } from '#http/serve.ts';
import { handlersOf } from '#http/stored-handlers.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { blockedCaller, blockedCallers } from './contract.ts';
import { blockViolations } from './store.ts';

export const blockedCallersHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(blockedCallers, handlersOf(blockedCaller, { violations: blockViolations }), dependencies);

export const handler = blockedCallersHandler();
