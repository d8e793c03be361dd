-- Roles of the whole cluster, as a Supabase project has them. Run by the superuser; running it again changes nothing.
-- The superuser is called supabase_admin, as there, so that `postgres`, which runs the migrations, is not one: what
-- Supabase refuses to a migration is refused here too.
do $$
declare
    wanted record;
begin
    for wanted in
        select * from (values
            ('postgres', 'login createrole createdb bypassrls replication'),
            ('anon', 'nologin noinherit'),
            ('authenticated', 'nologin noinherit'),
            ('service_role', 'nologin noinherit bypassrls'),
            ('authenticator', 'login noinherit')
        ) as roles (name, rights)
    loop
        if not exists (select from pg_catalog.pg_roles where rolname = wanted.name) then
            execute format('create role %I %s', wanted.name, wanted.rights);
        end if;
    end loop;
end
$$;

grant anon, authenticated, service_role to authenticator;
grant anon, authenticated, service_role to postgres;

-- Supabase's limits; the world tells postrust those of anon and authenticated once more, as it reads only the last.
alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
