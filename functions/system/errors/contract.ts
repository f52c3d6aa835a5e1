import * as z from 'zod';
import { endpoint, raw } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { smallestStatus, greatestStatus, defaultStatus } from './error-document.ts';

export const getErrorDocument = endpoint('ANY /errors', {
  id: 'getErrorDocument',
  summary: 'Get the standard error document, XML by default',
  description:
    'Answers with the status that `code` names, as XML unless `Accept` prefers JSON. An unknown path gets the same ' +
    'document with 404 and the nearest known path. Another method of a known path gets it with 405 and `Allow`. A ' +
    'trailing slash is redirected (308). The document repeats nothing of the request.',
  scope: 'public',
  query: {
    // Validated by the handler: on an unknown path a parameter `code` means nothing.
    code: z
      .string()
      .optional()
      .meta({
        description: 'The status to answer with.',
        override: { type: 'integer', minimum: smallestStatus, maximum: greatestStatus, default: defaultStatus },
      }),
  },
  answers: { default: raw(['application/xml', 'application/json']) },
  errors: [],
  effects: [],
  rate: 'none',
  fallback: true,
});

export const errorDocuments = resource('errors', { area: 'system', format: 'standard', endpoints: [getErrorDocument] });
