// The form that asks for the administrator's password a second time, before anything can be pressed.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Failure } from '../../api';
import { Card } from '../../states';
import { stepUp } from '../../worker';

export function StepUp({ guild, why, opened }: { guild: string; why: string; opened: () => void }) {
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // Somebody was in the middle of something; at the first visit the heading is read first.
    if (why) field.current?.focus();
  }, [why]);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const password = String(new FormData(form).get('admin-password'));
    setBusy(true);
    setProblem('');
    stepUp(guild, password).then(opened, (error: unknown) => {
      setProblem(error instanceof Failure ? error.message : 'That does not work at the moment. Please try again.');
      setBusy(false);
      form.reset();
      field.current?.focus();
    });
  };

  return (
    <div class="cards">
      <Card
        title="Before you go on"
        note="From here the bot can be stopped for everybody. So that a screen left open is not enough, the administrator’s password is asked for
          beside your own. It counts for 15 minutes in this page, and is forgotten when you reload."
      >
        {why && <p class="hint" role="status">{why}</p>}
        <form class="signin" onSubmit={submit}>
          <label>
            Administrator’s password
            <input ref={field} name="admin-password" type="password" autocomplete="off" required />
          </label>
          {problem && <p class="problem" role="alert">{problem}</p>}
          <button class="primary" disabled={busy}>{busy ? 'Opening …' : 'Open'}</button>
        </form>
        <p class="note">It is the value of ADMIN_PASSWORD, which whoever runs the bot has set.</p>
      </Card>
    </div>
  );
}
