import { exampleSteps } from './call-flow.ts';

/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  saveCallFlow: { name: 'Main menu', language: 'en', start: 'welcome', steps: exampleSteps },
  simulateCallFlow: {
    caller: '+4930123456',
    called: '+4930999000',
    events: [{ digits: '1' }, { dial: 'no_answer' }, { timeout: true }],
  },
};
