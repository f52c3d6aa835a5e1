import { Alert, Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { t } from '../texts/texts.ts';
import { consequencesOf, dependedOf } from '../dependents/consequences.ts';
import { FoldedDependents } from '../dependents/dependent-list.tsx';
import { useDependents } from '../dependents/dependents.ts';
import { ApiError } from '../kit/api-error.ts';
import { asksForRemoval, request, type ApiRequest } from '../kit/api.ts';
import { ApiForm } from '../kit/form.tsx';
import { fieldsOf, type FormValues } from '../kit/form-fields.ts';
import { filledIn, hasRemovals } from '../kit/inputs.ts';
import { findOperation, operationOf } from '../kit/operation.ts';
import { useOperations, type Operation } from '../kit/operations.ts';
import { Confirmation, type ConfirmationProps } from '../kit/confirmation.tsx';
import { Page } from '../kit/page.tsx';
import { showToast } from '../kit/toasts.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { textOf } from '../kit/shown.ts';
import { Values } from '../kit/values.tsx';
import { answered } from './answers.ts';
import { routesOf, type ResourcePages } from './definitions.ts';
import { itemKey, itemQuery } from './item-query.ts';
import { NewItem } from './new-item.tsx';
import { Actions, Sections } from './parts.tsx';

type ItemProps = { readonly of: ResourcePages; readonly id: string };

/** "How is this set up, and what can I do with it?" A new resource, or the form of one that there is. */
export function ItemPage({ of, id }: ItemProps) {
  return id === 'new' ? <NewItem of={of} /> : <ExistingItem of={of} id={id} />;
}

type ItemFormProps = ItemProps & { readonly before: FormValues };

/** The form of what there is, if any operation changes it; else what it is. */
export function ItemForm({ of, id, before }: ItemFormProps) {
  const operations = useOperations(of.tag);
  const session = useSession();
  const queries = useQueryClient();
  const { get, update = '' } = routesOf(of);
  const path = filledIn(get, id);
  const operation = findOperation(operations, update);
  const change = useMutation({
    mutationFn: async (changed: { readonly body: object; readonly version: number | undefined }) =>
      answered(
        await request({
          method: of.update ?? 'PUT',
          path,
          version: changed.version,
          body: {
            ...changed.body,
            ...(operation !== undefined && hasRemovals(operation, operations) ? asksForRemoval : {}),
          },
        }),
      ),
    onSuccess: async ({ values }) => {
      queries.setQueryData(itemKey(path), values);
      await queries.invalidateQueries({ queryKey: ['list'] });
    },
  });
  if (operation?.body === undefined) return <Values of={before} />;
  const { paged = [] } = of;
  const fields = fieldsOf(operation.body, operations, operation.example).filter(({ name }) => !paged.includes(name));
  return (
    <>
      {change.isSuccess && (
        <Alert color="green" role="status">
          {t('Saved.')} {change.data.warnings.join(' ')}
        </Alert>
      )}
      <ApiForm
        fields={fields}
        before={before}
        error={change.error}
        isSending={change.isPending}
        isReadOnly={!isAllowed(session, operation.scopes)}
        submit={t('Save')}
        arrangement={of.form}
        read={itemQuery({ method: 'GET', path }).queryFn}
        onSubmit={(body, version) => change.mutate({ body, version })}
      />
    </>
  );
}

/** An accepted body, as far as the form of one sends it. */
const exampleOf = (update: Operation | undefined, { paged = [] }: ResourcePages): object =>
  Object.fromEntries(Object.entries(Object(update?.example) as object).filter(([name]) => !paged.includes(name)));

const nameIn = (values: FormValues, id: string): string =>
  [values['name'], values['display_name'], values['username']].map(textOf).find((each) => each !== '') ?? id;

function ExistingItem({ of, id }: ItemProps) {
  const operations = useOperations(of.tag);
  const session = useSession();
  const routes = routesOf(of);
  const canBeRead = findOperation(operations, routes.get) !== undefined;
  const reading: ApiRequest = { method: 'GET', path: filledIn(routes.get, id) };
  const { queryKey, queryFn } = itemQuery(reading);
  const { data: before } = useSuspenseQuery({ queryKey, queryFn: () => (canBeRead ? queryFn() : {}) });
  const update = routes.update === undefined ? undefined : findOperation(operations, routes.update);
  const canChange = update !== undefined && isAllowed(session, update.scopes);
  const { parts = [], tag } = of;
  const changing = { ...reading, method: of.update ?? 'PUT', body: exampleOf(update, of) };
  return (
    <Page
      title={nameIn(before, id)}
      requests={[...(canBeRead ? [reading] : []), ...(canChange ? [changing] : [])]}
      actions={
        <>
          <Actions parts={parts} tag={tag} known={[id]} />
          <Deletion of={of} id={id} name={nameIn(before, id)} />
        </>
      }
    >
      <ItemForm of={of} id={id} before={before} />
      <Sections parts={parts} tag={tag} known={[id]} />
    </Page>
  );
}

type DeletionProps = ItemProps & {
  readonly name: string;
  /** What goes with it, a sentence each. */
  readonly consequences?: readonly string[];
  /** Whether its name must be typed before. */
  readonly isTyped?: boolean;
  /** Where the person is afterwards. Default: at the list of its kind. */
  readonly onDeleted?: () => Promise<void>;
};

/** Deletes a resource after a question, if the person may. */
export function Deletion({ of, id, name, consequences = [], isTyped = false, onDeleted }: DeletionProps) {
  const operations = useOperations(of.tag);
  const session = useSession();
  const route = routesOf(of).remove;
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [isOpen, { open, close }] = useDisclosure();
  const deletion = useMutation({
    mutationFn: (force: boolean) =>
      request({ method: 'DELETE', path: filledIn(route ?? '', id), ...(force ? { query: { force } } : {}) }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['list'] });
      await (onDeleted?.() ?? navigate({ to: '/r/$key', params: { key: of.key } }));
      showToast({ message: t('{name} is deleted.', { name }) });
    },
  });
  if (route === undefined) return null;
  const { scopes, query } = operationOf(operations, route);
  if (!isAllowed(session, scopes)) return null;
  // The API has named what uses it.
  const isInUse = deletion.error instanceof ApiError && deletion.error.status === 409;
  const isForced = isInUse && query.some((parameter) => parameter.name === 'force');
  return (
    <>
      <Button variant="default" onClick={open}>
        {t('Delete')}
      </Button>
      {isOpen && (
        <DeletionQuestion
          {...{ of, id, name, consequences, isTyped }}
          action={isForced ? t('Delete all the same') : t('Delete')}
          isSending={deletion.isPending}
          error={deletion.error}
          onConfirm={() => deletion.mutate(isForced)}
          onClose={close}
        />
      )}
    </>
  );
}

type QuestionProps = ItemProps &
  Pick<ConfirmationProps, 'action' | 'isSending' | 'error' | 'onConfirm' | 'onClose'> &
  Required<Pick<DeletionProps, 'name' | 'consequences' | 'isTyped'>>;

/** Says what goes with it before it is deleted. */
function DeletionQuestion({ of: { key }, id, name, consequences, isTyped, ...question }: QuestionProps) {
  const depended = dependedOf[key];
  const dependents = useDependents(depended, id);
  return (
    <Confirmation
      {...question}
      title={t('Delete {name}?', { name })}
      {...(isTyped ? { name } : {})}
      consequences={[...consequences, ...consequencesOf(depended, dependents), t('This cannot be undone.')]}
      details={<FoldedDependents of={dependents} />}
    />
  );
}
