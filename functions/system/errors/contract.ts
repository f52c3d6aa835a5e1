import * as z from 'zod';
import { endpoint, raw } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { smallestStatus, greatestStatus, defaultStatus } from './error-document.ts';

export const anyErrors = endpoint('ANY /errors', {
  summary: 'The standard error document, XML by default',
  description:
    'Answers the status that `code` names. Unknown paths get the same document with 404, known paths with another method 405.',
  scope: 'public',
  query: {
    // Judged by the handler: on an unknown path a `code` has no meaning of ours.
    code: z
      .string()
      .optional()
      .meta({
        description: 'The status to answer',
        override: { type: 'integer', minimum: smallestStatus, maximum: greatestStatus, default: defaultStatus },
      }),
  },
  answers: { default: raw(['application/xml', 'application/json']) },
  errors: [],
  effects: [],
  rate: 'none',
  fallback: true,
});

export const errorDocuments = resource('errors', { area: 'system', format: 'standard', endpoints: [anyErrors] });
