import { Badge, Button, Card, Group, SegmentedControl, Stack, Text, Title, useMantineColorScheme } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { ApiError } from '../kit/api-error.ts';
import { Mark } from '../kit/brand-mark.tsx';
import { Confirmation } from '../kit/confirmation.tsx';
import { ConflictNotice } from '../kit/conflict.tsx';
import { ConnectionMessage } from '../kit/connection-banner.tsx';
import { ControlInput } from '../kit/control-input.tsx';
import type { Control } from '../kit/controls.ts';
import { Empty } from '../kit/empty.tsx';
import { FieldList } from '../kit/field-input.tsx';
import { FilterForm } from '../kit/filters.tsx';
import { editableValues, type FormField } from '../kit/form-fields.ts';
import { FormFrame, Section } from '../kit/form-frame.tsx';
import { ApiForm } from '../kit/form.tsx';
import { LoadingPage, Page, Problem } from '../kit/page.tsx';
import { FieldMessage, RowList } from '../kit/row-list.tsx';
import { SearchInput } from '../kit/search-input.tsx';
import { VirtualTable } from '../kit/table.tsx';
import { TargetInput } from '../kit/target-input.tsx';
import { TargetLink } from '../kit/target-link.tsx';
import { TargetPicker } from '../kit/target-picker.tsx';
import { showToast } from '../kit/toasts.tsx';
import { Values } from '../kit/values.tsx';
import { WideTable } from '../kit/wide-table.tsx';

/** A field of each kind, and a text with each control. */

const common = (name: string) =>
  ({ name, label: name, help: 'What it is for.', isRequired: false, isNullable: true, example: 'An example' }) as const;

const text = (name: string, control?: Control): FormField => ({
  ...common(name),
  ...(control === undefined ? {} : { control }),
  ...{ kind: 'text', maxLength: undefined, isSecret: false },
});

const number = (name: string): FormField => ({ ...common(name), kind: 'number', min: 0, max: 10 });

const choices = ['one', 'two', 'three'];

const kindsOfFields: readonly FormField[] = [
  { ...text('text'), isRequired: true },
  { ...common('secret'), kind: 'text', maxLength: undefined, isSecret: true },
  { ...text('offered'), offers: [{ group: 'Numbers', items: choices }] },
  number('number'),
  { ...common('boolean'), kind: 'boolean' },
  { ...common('choice'), kind: 'choice', choices },
  { ...common('texts'), kind: 'texts', choices: [] },
  { ...common('some of several'), kind: 'texts', choices },
  { ...common('reference'), kind: 'reference', to: 'user' },
  { ...common('references'), kind: 'references', to: 'user' },
  { ...common('target'), kind: 'target', choices: ['user', 'ring_group'] },
  { ...common('targets'), kind: 'targets', choices: ['number', 'user'] },
  { ...common('option'), kind: 'option', choices, targets: ['sound'] },
  { ...common('group'), kind: 'group', fields: [text('inner text'), number('inner number')] },
  { ...common('rows'), kind: 'rows', fields: [text('text of a row'), number('number of a row')] },
  { ...common('pairs'), kind: 'pairs', keys: [], value: text('value') },
  { ...common('json'), kind: 'json' },
];

const controls: readonly Control[] = [
  ...(['money', 'duration', 'percent', 'moment', 'lines', 'color'] as const),
  ...(['time zone', 'country', 'currency', 'language', 'phone number'] as const),
];

const fieldsOfControls: readonly FormField[] = controls.map((control) => text(control, control));

const nothing = (): void => undefined;

const rejected = new ApiError(422, 'request-1', {
  error: {
    code: 'VALIDATION_FAILED',
    message: 'The body is invalid',
    details: kindsOfFields.map(({ name }) => ({ path: name, message: 'is wrong' })),
  },
});

const problemsOf = (names: readonly string[]) => names.map((name) => ({ path: [name], message: 'is wrong' }));

const Part = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <Card component="section" aria-label={title}>
    <Title order={2} size="h4" mb="sm">
      {title}
    </Title>
    <Stack>{children}</Stack>
  </Card>
);

const filled = {
  text: 'A text',
  number: 3,
  boolean: true,
  choice: 'two',
  texts: ['one', 'two'],
  group: { 'inner text': 'A text' },
  rows: [{ 'text of a row': 'A text' }],
};

/** As somebody else has saved it. */
const readAgain = () => Promise.resolve({ ...filled, text: 'Another text' });

/** The form of a resource: new, changed, rejected, being sent, and of a person who may only read it. */
function Forms() {
  const form = { fields: kindsOfFields, error: null, isSending: false, isReadOnly: false, onSubmit: nothing };
  return (
    <>
      <Part title="Form, new">
        <ApiForm {...form} submit="Create" />
      </Part>
      <Part title="Form, rejected">
        <ApiForm {...form} before={filled} error={rejected} submit="Save" />
      </Part>
      <Part title="Form, being sent">
        <ApiForm {...form} fields={kindsOfFields.slice(0, 1)} before={filled} isSending submit="Save" />
      </Part>
      <Part title="Form that somebody else has saved">
        <ConflictNotice
          names={['text', 'number']}
          before={filled}
          read={readAgain}
          isSending={false}
          onOverwrite={nothing}
          onTake={nothing}
        />
      </Part>
      <Part title="Form of who may only read">
        <ApiForm {...form} before={filled} isReadOnly submit="Save" />
      </Part>
    </>
  );
}

/** Each control, empty, wrong and read-only. */
function Controls() {
  const [values, setValues] = useState(editableValues(fieldsOfControls, undefined));
  const shared = { fields: fieldsOfControls, value: values, onChange: setValues };
  const inputs = { label: 'color', description: '', required: true, error: null, placeholder: '' };
  return (
    <>
      <Part title="Controls">
        <FieldList {...shared} problems={[]} />
        <ControlInput control="color" common={inputs} value="#0b7285" onChange={nothing} />
      </Part>
      <Part title="Controls, wrong">
        <FieldList {...shared} problems={problemsOf(fieldsOfControls.map(({ name }) => name))} />
      </Part>
      <Part title="Controls, read-only">
        <FormFrame isReadOnly>
          <FieldList {...shared} problems={[]} />
        </FormFrame>
      </Part>
    </>
  );
}

const columns = [
  { id: 'name', header: 'Name' },
  {
    id: 'state',
    header: 'State',
    cell: () => (
      <Badge variant="light" color="green">
        active
      </Badge>
    ),
  },
];
const rows = Array.from({ length: 40 }, (_row, at) => ({ id: String(at), name: `Row ${at + 1}` }));
const table = { columns, hasMore: false, isLoading: false, more: nothing };

const Tables = () => (
  <>
    <Part title="Table">
      <VirtualTable {...table} label="Rows" rows={rows} empty="None" />
    </Part>
    <Part title="Table, loading">
      <VirtualTable {...table} label="Rows that are read" rows={[]} isLoading empty="None" />
      <VirtualTable {...table} label="More rows" rows={rows.slice(0, 2)} isLoading empty="None" />
    </Part>
    <Part title="Table, empty">
      <VirtualTable {...table} label="No rows" rows={[]} empty="There are no rows yet." />
      <Empty text="There is nothing yet." action={<Button variant="default">Make one</Button>} />
    </Part>
    <Part title="Values">
      <Values of={{ name: 'One', enabled: true, inner: { count: 3, none: null }, rows: [{ name: 'Two' }] }} />
      <WideTable minWidth={2_000}>
        <Text>A table that is scrolled sideways</Text>
      </WideTable>
    </Part>
  </>
);

const Buttons = () => (
  <Part title="Buttons">
    {(['filled', 'default', 'light', 'subtle'] as const).map((variant) => (
      <Group key={variant}>
        <Button variant={variant}>{variant}</Button>
        <Button variant={variant} disabled>
          disabled
        </Button>
        <Button variant={variant} loading>
          loading
        </Button>
        <Button variant={variant} color="red">
          destroys
        </Button>
      </Group>
    ))}
  </Part>
);

/** Questions before something is destroyed, and messages after it. */
function Questions() {
  const [open, setOpen] = useState<'plain' | 'named' | 'sending' | 'failed' | null>(null);
  return (
    <Part title="Questions and messages">
      <Group>
        {(['plain', 'named', 'sending', 'failed'] as const).map((kind) => (
          <Button key={kind} variant="default" onClick={() => setOpen(kind)}>
            Question, {kind}
          </Button>
        ))}
        <Button variant="default" onClick={() => showToast({ message: 'It is saved.' })}>
          Message
        </Button>
        <Button variant="default" onClick={() => showToast({ message: 'It is deleted.', undo: nothing })}>
          Message with undo
        </Button>
      </Group>
      {open !== null && (
        <Confirmation
          title="Delete it?"
          consequences={['3 numbers ring nothing after this.']}
          {...(open === 'named' ? { name: 'Reception' } : {})}
          action="Delete"
          isSending={open === 'sending'}
          error={open === 'failed' ? rejected : null}
          onConfirm={nothing}
          onClose={() => setOpen(null)}
        >
          It cannot be undone.
        </Confirmation>
      )}
      <ConnectionMessage connection="slow" />
      <ConnectionMessage connection="gone" />
      <Problem error={new ApiError(500, 'request-2', null)} />
      <Problem error={new TypeError('Failed to fetch')} />
      <Problem error={new Error('Something else')} />
    </Part>
  );
}

const icon =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 8 8%22%3E' +
  '%3Crect width=%228%22 height=%228%22 fill=%22%23862e9c%22/%3E%3C/svg%3E';
const brand = { name: 'A brand', logo_url: null, icon_url: null };

/** Choices by name, which are those of the organization. */
function Choices() {
  const [user, setUser] = useState('');
  const [target, setTarget] = useState({ kind: 'user', to: '' });
  const [text, setText] = useState('');
  const kinds = [
    { value: 'number', label: 'a number' },
    { value: 'user', label: 'a user' },
  ];
  return (
    <Part title="Choices">
      <SearchInput value={text} onChange={setText} />
      <FilterForm
        filters={[{ name: 'status', description: '', isRequired: false, schema: { enum: ['active', 'closed'] } }]}
        onSearch={nothing}
      />
      <TargetPicker kind="user" label="User" value={user} error={null} onChange={setUser} />
      <TargetPicker kind="user" label="User, wrong" value={user} error="is wrong" onChange={setUser} />
      <TargetInput label="Target" kinds={kinds} target={target} error={null} onChange={setTarget} />
      <Text>
        <TargetLink target={{ kind: 'voicemail', to: '201' }} />
      </Text>
      <RowList label="Rows" description="" error="is wrong" count={1} onAdd={nothing} onRemove={nothing}>
        {(row) => <Text>Row {row + 1}</Text>}
      </RowList>
      <FieldMessage text="Several fields are wrong together." />
    </Part>
  );
}

/** Does a part look right in all its states? For who changes the kit; `npm run dev` only. */
export function GalleryPage() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Page
      title="Gallery"
      subtitle="The parts of the kit in their states."
      requests={[{ method: 'GET', path: '/health' }]}
      actions={
        <SegmentedControl aria-label="Colors" data={['light', 'dark']} value={colorScheme} onChange={setColorScheme} />
      }
    >
      <Buttons />
      <Questions />
      <Choices />
      <Tables />
      <Part title="Loading">
        <LoadingPage />
      </Part>
      <Part title="Brands">
        <Mark brand={brand} height={28} />
        <Mark brand={{ ...brand, icon_url: icon }} height={28} />
        <Mark brand={{ ...brand, logo_url: icon }} height={28} />
      </Part>
      <Section title="Section">
        <Text>A part of a form that is arranged by hand.</Text>
      </Section>
      <Controls />
      <Forms />
    </Page>
  );
}
