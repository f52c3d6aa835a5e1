import { Menu, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { at, isObject } from '../../json-value.ts';
import { violationsOf } from '../kit/api-error.ts';
import { request } from '../kit/api.ts';
import { Confirmation } from '../kit/confirmation.tsx';
import { Dialog } from '../kit/dialog.tsx';
import { fieldsOf, plain } from '../kit/form-fields.ts';
import { ApiForm } from '../kit/form.tsx';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import type { Row } from '../kit/shown.ts';
import { showToast } from '../kit/toasts.tsx';
import { OperationForm } from '../resources/action.tsx';
import type { ResourcePages } from '../resources/definitions.ts';
import { Deletion } from '../resources/item-page.tsx';
import { creditForm } from '../resources/money-forms.ts';
import { limitFields } from '../resources/settings-forms.ts';
import { t } from '../texts/texts.ts';
import { useSummaryOf } from './facts.ts';
import { idOf } from './tree.ts';

/** What is done with a customer, from the list and from its page. */

type Sold = { readonly id: string; readonly name: string; readonly status: string };

type SuspensionProps = { readonly customer: Sold; readonly onDone: () => void };

const actionFor = ({ status }: Pick<Sold, 'status'>): string => (status === 'active' ? t('Suspend') : t('Resume'));

/** Suspends a customer, which is asked for with what goes with it, or ends that. */
function Suspension({ customer, onDone }: SuspensionProps) {
  const { id, name, status } = customer;
  const isActive = status === 'active';
  const queries = useQueryClient();
  const { data } = useSummaryOf(id);
  const change = useMutation({
    mutationFn: (next: 'active' | 'suspended') =>
      request({ method: 'POST', path: `/orgs/${id}`, body: { status: next } }),
    onSuccess: async (_answer, next) => {
      onDone();
      await queries.invalidateQueries();
      if (next === 'suspended')
        showToast({ message: t('{name} is suspended.', { name }), undo: () => change.mutate('active') });
    },
  });
  const consequences = isActive
    ? [
        t('{count, plural, one {# person} other {# people}} can see the balance only.', { count: data?.users ?? 0 }),
        t('{count, plural, one {# phone makes} other {# phones make}} no calls.', { count: data?.devices ?? 0 }),
        t('{count, plural, one {# call} other {# calls}} in progress.', { count: data?.calls_in_progress ?? 0 }),
        t('Its access keys are rejected.'),
      ]
    : [];
  return (
    <Confirmation
      title={isActive ? t('Suspend {name}?', { name }) : t('Resume {name}?', { name })}
      action={actionFor(customer)}
      consequences={consequences}
      {...(isActive ? { name } : {})}
      isSending={change.isPending}
      error={change.error}
      onConfirm={() => change.mutate(isActive ? 'suspended' : 'active')}
      onClose={onDone}
    >
      <Text>
        {isActive
          ? t('Nothing is deleted. Until it is resumed:')
          : t('It can be used again, from its next request on.')}
      </Text>
    </Confirmation>
  );
}

type CustomerDeletionProps = { readonly of: ResourcePages; readonly customer: Pick<Sold, 'id' | 'name'> };

/** Closes a customer for ever, which is asked for with what goes with it. */
export function CustomerDeletion({ of, customer: { id, name } }: CustomerDeletionProps) {
  const { data } = useSummaryOf(id);
  const navigate = useNavigate();
  return (
    <Deletion
      {...{ of, id, name }}
      isTyped
      onDeleted={() => navigate({ to: '/customers' })}
      consequences={[
        t('{count, plural, one {# person} other {# people}} can no longer sign in.', { count: data?.users ?? 0 }),
        t('{count, plural, one {# phone makes} other {# phones make}} no calls.', { count: data?.devices ?? 0 }),
        t('Its access keys are rejected.'),
        t('Users, phones, gateways and the dial plan are deleted.'),
        t('Call history and statements are kept.'),
      ]}
    />
  );
}

type LimitsFormProps = { readonly organization: Row; readonly onDone: () => void };

/** Changes the limits of an organization: the fields of `limits` in its body. */
function CustomerLimits({ organization, onDone }: LimitsFormProps) {
  const operations = useOperations('orgs');
  const queries = useQueryClient();
  const { body } = operationOf(operations, 'POST /orgs/{id}');
  const schema = plain(at(plain(body, operations.schemas), 'properties', 'limits'), operations.schemas);
  const change = useMutation({
    mutationFn: (limits: object) => request({ method: 'POST', path: `/orgs/${idOf(organization)}`, body: { limits } }),
    onSuccess: async () => {
      onDone();
      await queries.invalidateQueries();
    },
  });
  const limits = organization['limits'];
  return (
    <ApiForm
      fields={fieldsOf(schema, operations, undefined)}
      before={isObject(limits) ? limits : {}}
      error={change.error}
      violations={violationsOf(change.error).map(({ path, message }) => ({
        path: path.replace(/^limits\./, ''),
        message,
      }))}
      isSending={change.isPending}
      isReadOnly={false}
      submit={t('Save')}
      arrangement={{ isShort: true, groups: [{ fields: limitFields }] }}
      onSubmit={(next) => change.mutate(next)}
    />
  );
}

type ChangeKind = 'limits' | 'status' | 'credit';

export type Change = { readonly kind: ChangeKind; readonly organization: Row };

const soldOf = ({ id, name, status }: Row): Sold => ({ id: String(id), name: String(name), status: String(status) });

/** What the person may do with an organization. */
export function useRightsIn(organization: Row) {
  const session = useSession();
  const { id, parent_id: parent, status } = organization;
  // The API lets an operator change any, and a reseller its own customers.
  const isSold = id !== session.org_id && (session.reach === 'all' || parent === session.org_id);
  const isOpen = isSold && status !== 'closed';
  return {
    isOther: id !== session.org_id && status !== 'closed',
    mayChange: isOpen && isAllowed(session, ['orgs:write']),
    mayCredit: isOpen && isAllowed(session, ['billing:write']),
  };
}

type ItemsProps = { readonly organization: Row; readonly onChange: (change: Change) => void };

/** The items of the menu of a customer. */
export function CustomerItems({ organization, onChange }: ItemsProps) {
  const { mayChange, mayCredit } = useRightsIn(organization);
  const item = (kind: ChangeKind, title: string) => (
    <Menu.Item onClick={() => onChange({ kind, organization })}>{title}</Menu.Item>
  );
  return (
    <>
      {mayCredit && item('credit', t('Add credit'))}
      {mayChange && item('limits', t('Limits'))}
      {mayChange && item('status', actionFor(soldOf(organization)))}
    </>
  );
}

type ChangeDialogProps = { readonly change: Change; readonly onDone: () => void };

/** Asks for what is changed. */
export function ChangeDialog({ change: { kind, organization }, onDone }: ChangeDialogProps) {
  const customer = soldOf(organization);
  if (kind === 'status') return <Suspension customer={customer} onDone={onDone} />;
  const { id, name } = customer;
  const title = kind === 'limits' ? t('Limits of {name}', { name }) : t('Credit for {name}', { name });
  return (
    <Dialog onClose={onDone} title={title}>
      {kind === 'limits' ? (
        <CustomerLimits organization={organization} onDone={onDone} />
      ) : (
        <OperationForm
          {...{ tag: 'billing', route: 'POST /billingprofile/{id}/credit', id, arrangement: creditForm }}
          submit={t('Add credit')}
        />
      )}
    </Dialog>
  );
}
