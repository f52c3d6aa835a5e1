import { Button } from '@mantine/core';
import IconForward from '@tabler/icons-react/icons/IconArrowForward';
import IconClock from '@tabler/icons-react/icons/IconClock';
import IconDialpad from '@tabler/icons-react/icons/IconDialpad';
import IconAnswer from '@tabler/icons-react/icons/IconForms';
import IconDecide from '@tabler/icons-react/icons/IconGitBranch';
import IconHear from '@tabler/icons-react/icons/IconHeadphones';
import IconMicrophone from '@tabler/icons-react/icons/IconMicrophone';
import IconParking from '@tabler/icons-react/icons/IconParking';
import IconCall from '@tabler/icons-react/icons/IconPhoneCall';
import IconEnd from '@tabler/icons-react/icons/IconPhoneOff';
import IconPause from '@tabler/icons-react/icons/IconPlayerPause';
import IconVariable from '@tabler/icons-react/icons/IconVariable';
import IconSound from '@tabler/icons-react/icons/IconVolume';
import IconServer from '@tabler/icons-react/icons/IconWebhook';
import {
  Background,
  Controls,
  Handle,
  Panel,
  Position as Side,
  ReactFlow,
  useReactFlow,
  type Connection,
  type Edge,
  type Node,
  type NodeChange,
  type NodeProps,
} from '@xyflow/react';
import { useEffect, useMemo, useState } from 'react';
import { IconMessage, IconNumber, IconRoute, IconVoicemail } from '../kit/icons.ts';
import { t } from '../texts/texts.ts';
import { connected, exitsOf, type Exit, type Flow } from './flow-draft.ts';
import classes from './graph.module.css';
import { placesOf, type LaidOut, type Position, type Size } from './layout.ts';
import { labelOfStep, summaryOf, titleOfType } from './step-words.ts';

/** The steps of a call flow as a graph. A way is changed by drawing it from its exit to another step. */

const icons: Readonly<Record<string, typeof IconRoute>> = {
  play: IconSound,
  menu: IconDialpad,
  collect: IconAnswer,
  time: IconClock,
  branch: IconDecide,
  set: IconVariable,
  dial: IconCall,
  voicemail: IconVoicemail,
  mailbox: IconHear,
  record: IconMicrophone,
  webhook: IconServer,
  sms: IconMessage,
  goto: IconForward,
  dtmf: IconNumber,
  pause: IconPause,
  park: IconParking,
  hangup: IconEnd,
};

/** The icon of a kind of step. */
const iconOfStep = (type: string): typeof IconRoute => icons[type] ?? IconRoute;

/** CSS pixels; as in the style sheet. */
const [stepWidth, headHeight, exitHeight, border] = [220, 56, 24, 4] as const;

type StepData = {
  readonly name: string;
  readonly type: string;
  readonly summary: string;
  readonly exits: readonly Exit[];
  /** How many ways are not shown, as they lead nowhere; null: all are shown, also those. */
  readonly hidden: number | null;
  readonly isStart: boolean;
  readonly isSelected: boolean;
  readonly isWrong: boolean;
  readonly isWalked: boolean;
  readonly onToggle: () => void;
};

type StepNode = Node<StepData, 'step'>;

const idOf = ({ path }: Exit): string => path.join('.');

function StepBox({ data }: NodeProps<StepNode>) {
  const { type, summary, exits, hidden, isStart, isSelected, isWrong, isWalked, onToggle } = data;
  const Icon = iconOfStep(type);
  const notes = [isWrong ? t('To be corrected') : '', isStart ? t('Calls begin here') : ''].filter(Boolean);
  return (
    <div className={classes['step']} data-wrong={isWrong} data-selected={isSelected} data-walked={isWalked}>
      <Handle type="target" position={Side.Left} className={classes['handle'] ?? ''} />
      <div className={classes['head']}>
        <Icon size={22} aria-hidden />
        <div className={classes['words']}>
          <div className={`${classes['line']} ${classes['title']}`}>{titleOfType(type)}</div>
          <div className={classes['line']}>{[...notes, summary].filter(Boolean).join(' · ')}</div>
        </div>
      </div>
      {exits.map((exit) => (
        <div key={idOf(exit)} className={classes['exit']}>
          {exit.label}
          <Handle type="source" id={idOf(exit)} position={Side.Right} className={classes['handle'] ?? ''} />
        </div>
      ))}
      {hidden !== 0 && (
        <button type="button" className={`${classes['exit']} ${classes['more']} nodrag nopan`} onClick={onToggle}>
          {hidden === null
            ? t('Fewer ways')
            : t('{count, plural, one {# more way} other {# more ways}}', { count: hidden })}
        </button>
      )}
    </div>
  );
}

const nodeTypes = { step: StepBox };

type GraphProps = {
  readonly flow: Flow;
  /** Fields of the exits by the type of a step. */
  readonly fieldsOf: (type: string) => readonly string[];
  readonly selected: string | undefined;
  /** Steps that must be corrected. */
  readonly wrong: ReadonlySet<string>;
  /** Steps that a walk has reached. */
  readonly walked: ReadonlySet<string>;
  readonly isReadOnly: boolean;
  readonly onSelect: (name: string) => void;
  readonly onChange: (next: Flow) => void;
};

const edgesOf = (name: string, exits: readonly Exit[]): Edge[] =>
  exits.flatMap((exit) =>
    exit.to === undefined
      ? []
      : [{ id: `${name}.${idOf(exit)}`, source: name, sourceHandle: idOf(exit), target: exit.to }],
  );

/** The ways that are shown of a step: keys, conditions, those to a step, and the first. */
const usedExits = (exits: readonly Exit[]): readonly Exit[] =>
  exits.filter(({ path, to }, at) => at === 0 || path.length > 1 || to !== undefined);

type DrawnStep = LaidOut & Pick<StepData, 'exits' | 'hidden'>;

/** What is drawn of the steps, with its size. @param unfolded steps of which all ways are shown */
function drawnSteps({ flow, fieldsOf }: Pick<GraphProps, 'flow' | 'fieldsOf'>, unfolded: ReadonlySet<string>) {
  return Object.entries(flow.steps).map(([name, step]): DrawnStep => {
    const all = exitsOf(step, fieldsOf(step.type));
    const used = usedExits(all);
    const isOpen = unfolded.has(name);
    const exits = isOpen ? all : used;
    const hidden = used.length === all.length ? 0 : isOpen ? null : all.length - used.length;
    const rows = exits.length + (hidden === 0 ? 0 : 1);
    const size: Size = { width: stepWidth, height: headHeight + rows * exitHeight + border };
    return { name, size, exits, hidden, to: all.flatMap(({ to }) => to ?? []) };
  });
}

type Moved = ReadonlyMap<string, Position>;

/** Where a person has put steps, and the one that is being dragged. */
function useMoves() {
  const [moved, setMoved] = useState<Moved>(new Map());
  const [dragged, setDragged] = useState<{ readonly name: string; readonly position: Position } | null>(null);
  const move = (change: NodeChange<StepNode>): void => {
    if (change.type !== 'position') return;
    const { id: name, position, dragging = false } = change;
    if (dragging) {
      if (position !== undefined) setDragged({ name, position });
      return;
    }
    const place = position ?? (dragged?.name === name ? dragged.position : undefined);
    setDragged(null);
    if (place !== undefined) setMoved((all) => new Map([...all].filter(([each]) => each !== name)).set(name, place));
  };
  return { moved, dragged, move, reset: () => setMoved(new Map()) };
}

/** Shows the whole flow when steps were added or removed, and when it was arranged. */
function Fit({ of }: { readonly of: string }) {
  const { fitView } = useReactFlow();
  useEffect(() => {
    const frame = requestAnimationFrame(() => void fitView({ maxZoom: 1, padding: 0.1 }));
    return () => cancelAnimationFrame(frame);
  }, [fitView, of]);
  return null;
}

const Arrange = ({ onArrange }: { readonly onArrange: () => void }) => (
  <Panel position="top-right">
    <Button size="compact-sm" variant="default" onClick={onArrange}>
      {t('Arrange')}
    </Button>
  </Panel>
);

export function Graph({ flow, fieldsOf, selected, wrong, walked, isReadOnly, onSelect, onChange }: GraphProps) {
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set());
  const [arrangedTimes, setArrangedTimes] = useState(0);
  const { moved, dragged, move, reset } = useMoves();
  const drawn = useMemo(() => drawnSteps({ flow, fieldsOf }, unfolded), [flow, fieldsOf, unfolded]);
  const places = useMemo(() => placesOf(drawn, moved), [drawn, moved]);
  const toggle = (name: string): void =>
    setUnfolded((all) => new Set(all.has(name) ? [...all].filter((each) => each !== name) : [...all, name]));
  const nodes = drawn.map(({ name, size, exits, hidden }): StepNode => {
    const step = flow.steps[name] ?? { type: '' };
    return {
      ...{ id: name, type: 'step', ...size, selected: name === selected, ariaLabel: labelOfStep(flow, name) },
      data: {
        ...{ name, type: step.type, summary: summaryOf(step), exits, hidden },
        ...{ isStart: flow.start === name, isSelected: name === selected },
        ...{ isWrong: wrong.has(name), isWalked: walked.has(name), onToggle: () => toggle(name) },
      },
      position: dragged?.name === name ? dragged.position : (places[name] ?? { x: 0, y: 0 }),
    };
  });
  const connect = ({ source, sourceHandle, target }: Connection): void => {
    const exit = drawn.find(({ name }) => name === source)?.exits.find((each) => idOf(each) === sourceHandle);
    if (exit !== undefined) onChange(connected(flow, source, exit.path, target));
  };
  return (
    <div className={classes['graph']}>
      <ReactFlow<StepNode>
        aria-label={t('Steps of the call flow')}
        nodes={nodes}
        edges={drawn.flatMap(({ name, exits }) => edgesOf(name, exits))}
        nodeTypes={nodeTypes}
        nodesConnectable={!isReadOnly}
        onNodeClick={(_event, { id }) => onSelect(id)}
        onNodesChange={(changes) => {
          for (const change of changes) {
            move(change);
            if (change.type === 'select' && change.selected) onSelect(change.id);
          }
        }}
        onConnect={connect}
        deleteKeyCode={null}
        minZoom={0.2}
        defaultEdgeOptions={{ focusable: false, selectable: false }}
      >
        <Background />
        <Controls showInteractive={false} />
        <Fit of={`${drawn.length} ${arrangedTimes}`} />
        <Arrange
          onArrange={() => {
            reset();
            setArrangedTimes((count) => count + 1);
          }}
        />
      </ReactFlow>
    </div>
  );
}
