import { exampleSteps } from './call-flow.ts';

/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  saveCallFlow: { name: 'Main menu', language: 'en', start: 'welcome', steps: exampleSteps },
};
