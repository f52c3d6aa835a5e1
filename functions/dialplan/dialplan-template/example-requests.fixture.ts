import type { Example, Place } from '#test/support/example-request.ts';
import { newPolicy } from '../dialplan-policies/example-requests.fixture.ts';
import { examples } from './examples.ts';

const templateBody = ({ mark }: Place) => ({ ...examples.saveDialplanTemplate, name: mark });

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /dialplan/template': {
    ask: async (place) => {
      await place.call('PUT', '/dialplan/template', templateBody(place));
      return {};
    },
  },
  'PUT /dialplan/template': {
    ask: async (place) => ({ body: { ...templateBody(place), policies: [await newPolicy(place)] } }),
  },
};
