import {
  stepDialog,
  type DialogCommand,
  type DialogEvent,
  type DialogScript,
  type DialogState,
} from '../dialogs/dialog.ts';
import type { StoredApplication } from '../call/moved-application.ts';
import type { ApplicationHost } from './application.ts';
import {
  InterpretedApplication,
  type InterpreterCommand,
  type InterpretedDependencies,
} from './interpreted-application.ts';

/** A script, and who does its work. */
export type DialogParts<Place, Work, Result, Stored> = InterpretedDependencies & {
  readonly script: DialogScript<Place, Work, Result>;
  readonly work: (work: Work, host: ApplicationHost) => Promise<Result>;
  /** Whether the caller types a secret in a place: the call does not move then, as what moves is stored. */
  readonly isSecret?: (place: Place) => boolean;
  /** What another task goes on with. */
  readonly stored: (state: DialogState<Place>) => Stored;
};

type Event<Result> =
  DialogEvent<Result> extends infer Each ? (Each extends DialogEvent<Result> ? Omit<Each, 'at'> : never) : never;

type OwnCommand<Work> = Exclude<DialogCommand<Work>, InterpreterCommand>;

const cleared = { status: 480, q850: 16 } as const;

/** A call in a dialog. */
export class DialogApplication<Place, Work, Result, Stored extends StoredApplication> extends InterpretedApplication<
  DialogState<Place>,
  Event<Result>,
  OwnCommand<Work>,
  Stored
> {
  readonly #parts: DialogParts<Place, Work, Result, Stored>;
  /** Whether the present recording has begun. */
  #recording: Promise<boolean> = Promise.resolve(false);

  constructor(state: DialogState<Place>, parts: DialogParts<Place, Work, Result, Stored>, host: ApplicationHost) {
    super(state, parts, host);
    this.#parts = parts;
  }

  /** Waits on for what the call waited for at another task. */
  resume(): void {
    const { timer, phase, awaits } = this.state;
    this.resumeTimer(timer);
    if (phase === 'playing') this.later(this.playOn(awaits));
  }

  protected override get mayMove(): boolean {
    const { phase, place } = this.state;
    return (phase === 'playing' || phase === 'listening') && this.#parts.isSecret?.(place) !== true;
  }

  protected override get stored(): Stored {
    return this.#parts.stored(this.state);
  }

  protected override step(event: Event<Result>) {
    return stepDialog(this.#parts.script, this.state, { ...event, at: this.#parts.now() });
  }

  protected override perform(command: OwnCommand<Work>): void {
    switch (command.type) {
      case 'play':
        this.later(this.play(command.id, async () => command.sounds));
        return;
      case 'record':
        this.#recording = this.#record(command.recording);
        this.later(this.#endUnbegun(command.id, this.#recording));
        return;
      case 'stop_recording':
        this.later(this.#stopRecording(command.id));
        return;
      case 'work':
        this.later(this.#work(command.id, command.work));
        return;
      case 'finish':
        this.later(this.#parts.work(command.work, this.host).then(() => undefined));
        return;
      case 'hang_up':
        this.host.hangUp(cleared);
    }
  }

  /** What does not play is skipped: a sound may be deleted while it is waited for. */
  protected override skip(): void {
    return undefined;
  }

  async #work(id: number, work: Work): Promise<void> {
    this.take({ type: 'done', id, result: await this.#parts.work(work, this.host) });
  }

  async #record(recording: string): Promise<boolean> {
    try {
      await this.host.record(recording);
      return true;
    } catch (error) {
      this.#parts.fault(error);
      return false;
    }
  }

  async #endUnbegun(id: number, recording: Promise<boolean>): Promise<void> {
    if (!(await recording)) this.take({ type: 'recorded', id, ok: false });
  }

  async #stopRecording(id: number): Promise<void> {
    const ok = await this.#recording;
    if (ok) await this.host.stopRecording().catch(this.#parts.fault);
    this.take({ type: 'recorded', id, ok });
  }
}
