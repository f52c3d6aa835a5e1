import { Anchor, Button, Card, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { at } from '../../json-value.ts';
import { labelOf } from '../kit/form-fields.ts';
import { listRequest } from '../kit/inputs.ts';
import { useList } from '../kit/list.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { shown, textOf, VirtualTable, type Column } from '../kit/table.tsx';
import { Sections } from '../resources/parts.tsx';
import type { Part } from '../resources/definitions.ts';
import { OperationForm } from '../resources/action.tsx';

const columns: readonly Column[] = [
  {
    id: 'name',
    header: 'Name',
    width: 220,
    cell: (row) => (
      <Anchor renderRoot={(props) => <Link to="/dialplan/$id" params={{ id: textOf(row['id']) }} {...props} />}>
        {shown(row['name'])}
      </Anchor>
    ),
  },
  { id: 'conditions', header: 'Pattern', width: 220, cell: (row) => shown(at(row, 'conditions', 'pattern')) },
  { id: 'actions', header: 'Allows', width: 100, cell: (row) => shown(at(row, 'actions', 'allow')) },
  { id: 'gateway', header: 'Gateway', cell: (row) => shown(at(row, 'actions', 'gateway')) },
  ...['status', 'priority', 'version'].map((id) => ({ id, header: labelOf(id), width: 110 })),
];

const parts: readonly Part[] = [
  { kind: 'form', title: 'Template', route: 'GET /dialplan/template', save: 'PUT /dialplan/template' },
  {
    ...{ kind: 'list', title: 'Versions before', route: 'GET /dialplan/history', isFiltered: true },
    columns: ['archived_at', 'type', 'entity_name', 'version', 'action', 'changed_by'],
  },
];

/** The dial plan: its policies, its template, and what it decides for a call. */
export function PoliciesPage() {
  const operations = useOperations('dialplan');
  const session = useSession();
  const list = useList(listRequest('GET /dialplan/policies', {}), ['policies']);
  const canWrite = isAllowed(session, operationOf(operations, 'PUT /dialplan/policy').scopes);
  const create = canWrite && (
    <Button renderRoot={(props) => <Link to="/dialplan/$id" params={{ id: 'new' }} {...props} />}>New policy</Button>
  );
  return (
    <Page title="Dial plan" requests={[list.request]} actions={create}>
      <Problem error={list.error} />
      <VirtualTable {...list} label="Policies" columns={columns} empty="No policies yet." />
      <Card withBorder>
        <Title order={2} size="h4" mb="sm">
          What happens to a call now
        </Title>
        <OperationForm
          tag="dialplan"
          route="POST /dialplan/evaluate"
          id={undefined}
          submit="Decide"
          fixed={{ dry_run: true, explain: true }}
          only={['called', 'caller', 'user_id', 'at']}
        />
      </Card>
      <Sections parts={parts} tag="dialplan" known={[]} />
    </Page>
  );
}
