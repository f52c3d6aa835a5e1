import { row } from '#dynamodb/row.ts';
import type { DialplanTemplate } from '../schema/dialplan-template.ts';

/** `template#1001`: the one template of an organization. */
export const templateRow = row<'template', DialplanTemplate, object>('template', { sort: () => 'template' });
