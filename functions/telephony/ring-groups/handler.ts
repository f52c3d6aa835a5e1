import { serve } from '#http/serve.ts';
import { handlersOf } from '#http/stored-handlers.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { ringGroup, ringGroups } from './contract.ts';
import { ringViolations } from './store.ts';

export const ringGroupsHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(ringGroups, handlersOf(ringGroup, { violations: ringViolations }), dependencies);

export const handler = ringGroupsHandler();
