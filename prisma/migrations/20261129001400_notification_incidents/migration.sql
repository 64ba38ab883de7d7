-- Which incidents a message tells of: what an incident's node lists, newest first, and what its timeline has to tell of
-- once the message is delivered.
CREATE TABLE notification_incidents (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE CASCADE,
  notification_id UUID NOT NULL,
  incident_id UUID NOT NULL,
  timeline_due BOOLEAN NOT NULL DEFAULT false,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT notification_incidents_notification_fkey FOREIGN KEY (tenant_id, notification_id)
    REFERENCES notifications (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT notification_incidents_incident_fkey FOREIGN KEY (tenant_id, incident_id)
    REFERENCES incidents (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX notification_incidents_tenant_id_id_key ON notification_incidents (tenant_id, id);
CREATE UNIQUE INDEX notification_incidents_tenant_id_notification_id_incident_i_key
  ON notification_incidents (tenant_id, notification_id, incident_id);
CREATE INDEX notification_incidents_tenant_id_incident_id_created_at_id_idx
  ON notification_incidents (tenant_id, incident_id, created_at, id);
CREATE INDEX notification_incidents_due_idx ON notification_incidents (tenant_id, id) WHERE timeline_due;
CALL tenant_wall('notification_incidents');
CREATE POLICY notifying ON notification_incidents
  USING (current_setting('app.notifying', true) = 'on')
  WITH CHECK (current_setting('app.notifying', true) = 'on');

-- Messages of before have their incidents too.
INSERT INTO notification_incidents (id, tenant_id, notification_id, incident_id, created_at)
SELECT gen_random_uuid(), n.tenant_id, n.id, i.id, n.created_at
  FROM notifications n
  CROSS JOIN LATERAL jsonb_array_elements(CASE WHEN jsonb_typeof(n.message -> 'incidents') = 'array'
                                               THEN n.message -> 'incidents' ELSE '[]' END) AS told
  JOIN incidents i
    ON i.tenant_id = n.tenant_id
   AND i.id = CASE WHEN told ->> 'id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN (told ->> 'id')::uuid END
ON CONFLICT DO NOTHING;
