import { t } from '../texts/texts.ts';
import type { Part } from '../resources/definitions.ts';
import { templateForm } from './plan-forms.ts';

/** What there is of the dial plan beside its policies. */
export const planParts: readonly Part[] = [
  {
    ...{ kind: 'form', title: t('Template'), route: 'GET /dialplan/template', save: 'PUT /dialplan/template' },
    form: templateForm,
  },
  {
    ...{ kind: 'list', title: t('Versions before'), route: 'GET /dialplan/history', isFiltered: true },
    columns: ['archived_at', 'type', 'entity_name', 'version', 'action', 'changed_by'],
  },
];

/** What there is of a policy beside its form. @param id of the policy */
export const policyParts = (id: string): readonly Part[] => [
  {
    ...{ kind: 'list', title: t('Versions before'), route: 'GET /dialplan/history', query: { entity_id: id } },
    columns: ['archived_at', 'version', 'action', 'changed_by'],
  },
];
