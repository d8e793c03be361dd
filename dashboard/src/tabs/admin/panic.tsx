// The buttons for bad days. Each says what will happen and what goes on, and asks once more.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Failure } from '../../api';
import { number, time, when } from '../../format';
import type { Pause, PauseLevel } from '../../rows';
import { Card } from '../../states';
import { flushCache, setPause } from '../../worker';
import type { DeskOf } from '../admin';

const REASON = { least: 3, most: 200 };

interface Deed {
  title: string;
  /** What happens, and what does not. */
  words: ComponentChildren;
  confirm: string;
  isGrave?: boolean;
  wantsReason?: boolean;
  /** Does it, and says what came of it. */
  run: (reason: string) => Promise<string>;
}

interface PanicOf {
  desk: DeskOf;
  /** Unknown: the bot could not say, and every button is there. Undefined: it has not answered yet. */
  level: PauseLevel | 'unknown' | undefined;
  paused: (pause: Pause) => void;
}

export function Panic({ desk, level, paused }: PanicOf) {
  const [deed, setDeed] = useState<Deed>();
  const [done, setDone] = useState('');
  const line = useRef<HTMLParagraphElement>(null);
  const was = level === 'unknown' ? undefined : level;
  const to = (level: PauseLevel, said: (now: Pause) => string) => async (reason: string) => {
    const now = await desk.ask(setPause(desk.guild, level, reason, was));
    paused(now);
    return said(now);
  };
  const flush: Deed = {
    title: 'Flush cache?',
    words: <p>The bot forgets what it keeps for quickness, and reads it anew from the database. Nothing of anybody is lost; for a minute it answers more slowly.</p>,
    confirm: 'Flush cache',
    run: async () => {
      const { flushed } = await desk.ask(flushCache(desk.guild));
      return `The cache was flushed: ${number(flushed)} ${flushed === 1 ? 'entry' : 'entries'} forgotten.`;
    },
  };
  const stop: Deed = {
    title: 'Stop the bot?',
    words: (
      <>
        <p>On every server it serves, commands answer that the bot is paused, and nothing is counted until it starts again; then the relay hands over what it kept.</p>
        <p><strong>This goes on:</strong> crisis detection and its alerts, the buttons on alerts, <code>/ash</code>, <code>/resources</code>, <code>/privacy</code>, and talks with Ash.</p>
      </>
    ),
    confirm: 'Stop bot',
    run: to('bulk', () => 'The bot is stopped. Crisis detection goes on.'),
  };
  const stopAll: Deed = {
    title: 'Stop crisis detection too?',
    words: (
      <>
        <p><strong>From then on nobody is alerted about anybody in distress, on any server.</strong></p>
        <ul>
          <li>Each crisis response team is told at once that crisis detection is OFF, and again every hour.</li>
          <li>Talks with Ash end, with the card of help lines.</li>
          <li>Commands stop as well, as with Stop bot.</li>
          <li>It ends by itself after 2 hours: then the whole bot starts again, unless you renew it.</li>
        </ul>
      </>
    ),
    confirm: 'Stop crisis detection',
    isGrave: true,
    wantsReason: true,
    run: to('all', (now) => `Crisis detection is OFF until ${when(now.until)}. The teams are being told.`),
  };
  const renew: Deed = {
    ...stopAll,
    title: 'Leave crisis detection off for 2 more hours?',
    words: <p>The 2 hours begin anew. The teams are told every hour, as before.</p>,
    confirm: 'Renew',
  };
  const detectAgain: Deed = {
    title: 'Switch crisis detection on again?',
    words: <p>The bot stays stopped, but messages are looked at again, and the teams are told. What was written in the meantime is looked at now.</p>,
    confirm: 'Switch it on',
    run: to('bulk', () => 'Crisis detection goes on. The bot is still stopped.'),
  };
  const start: Deed = {
    title: 'Start the bot?',
    words: <p>Everything goes on, crisis detection included. What was written in the meantime is handed over by the relay and looked at now.</p>,
    confirm: 'Start bot',
    run: to('none', () => 'The bot is started. Everything goes on.'),
  };
  const button = (one: Deed, label: string, kind = '') => (
    <button type="button" class={kind} disabled={!level} onClick={() => setDeed(one)}>{label}</button>
  );
  return (
    <Card title="Panic buttons" note="Each asks once more. What you do is written down with your name and the time, and can be read in the log below." wide>
      <div class="row panic">
        {button(flush, 'Flush cache')}
        {level !== 'bulk' && level !== 'all' && button(stop, 'Stop bot', 'danger')}
        {level === 'all' ? button(renew, 'Renew for 2 hours') : button(stopAll, 'Stop crisis detection too', 'grave')}
        {level === 'all' && button(detectAgain, 'Crisis detection on again')}
        {level && level !== 'none' && button(start, 'Start bot', 'primary')}
      </div>
      <p class="done" role="status" ref={line} tabIndex={-1}>{done}</p>
      {deed && (
        <Confirm
          deed={deed}
          close={(isDone) => {
            setDeed(undefined);
            // The button that was pressed may be gone.
            if (isDone) line.current?.focus();
          }}
          done={(words) => setDone(`${time(new Date().toISOString())}: ${words}`)}
          acted={desk.acted}
        />
      )}
    </Card>
  );
}

interface ConfirmOf {
  deed: Deed;
  close: (isDone: boolean) => void;
  done: (words: string) => void;
  /** It was tried, whatever came of it. */
  acted: () => void;
}

function Confirm({ deed, close, done, acted }: ConfirmOf) {
  const box = useRef<HTMLDialogElement>(null);
  // Not a state: a second click comes before anything is drawn anew.
  const isBusy = useRef(false);
  const isDone = useRef(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const id = useId();
  useEffect(() => box.current?.showModal(), []);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (isBusy.current) return;
    const reason = String(new FormData(event.currentTarget as HTMLFormElement).get('reason') ?? '').trim();
    if (deed.wantsReason && reason.length < REASON.least) {
      setProblem(`Please say why, in at least ${REASON.least} characters: the teams read it.`);
      return;
    }
    isBusy.current = true;
    setBusy(true);
    setProblem('');
    deed.run(reason).then(
      (words) => {
        done(words);
        acted();
        isDone.current = true;
        // By itself, so that the browser gives the focus back first.
        box.current?.close();
      },
      (error: unknown) => {
        isBusy.current = false;
        setBusy(false);
        setProblem(error instanceof Failure ? error.message : 'That did not work. Please try again.');
        // It may have been done all the same, or by somebody else.
        acted();
      },
    );
  };

  return (
    <dialog ref={box} aria-labelledby={id} onClose={() => close(isDone.current)} onCancel={(event) => isBusy.current && event.preventDefault()}>
      <form noValidate onSubmit={submit}>
        <h2 id={id}>{deed.title}</h2>
        {deed.words}
        {deed.wantsReason && (
          <label class="reason">
            Why? The teams read it, and the log keeps it.
            <input name="reason" maxLength={REASON.most} autocomplete="off" required autofocus aria-invalid={problem !== ''} />
          </label>
        )}
        {problem && <p class="problem" role="alert">{problem}</p>}
        <div class="row choices">
          <button type="button" autofocus={!deed.wantsReason} disabled={busy} onClick={() => box.current?.close()}>Cancel</button>
          <button class={deed.isGrave ? 'grave' : 'primary'} disabled={busy}>{busy ? 'One moment …' : deed.confirm}</button>
        </div>
      </form>
    </dialog>
  );
}
