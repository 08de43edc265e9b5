# Two images from the same requirement files and steps as `make run`:
#   docker build --target rasa -t hamyar-rasa .     the understanding, with a trained model inside
#   docker build --target app  -t hamyar-app .      everything else; `hamyar run --role …`

# ------------------------------------------------------------------ understanding (Python 3.10)
FROM python:3.10-slim-bookworm AS rasa-build
WORKDIR /srv/hamyar
RUN python -m venv .venv-rasa
COPY requirements/rasa.txt requirements/rasa.txt
RUN .venv-rasa/bin/pip install --no-deps --require-hashes --no-cache-dir -r requirements/rasa.txt
COPY config.yml ./
COPY persian persian
COPY nlu nlu
COPY data data
RUN .venv-rasa/bin/python -m nlu.train --out models/

FROM python:3.10-slim-bookworm AS rasa
RUN useradd --system --uid 10001 --home-dir /srv/hamyar --shell /usr/sbin/nologin hamyar
WORKDIR /srv/hamyar
COPY --from=rasa-build /srv/hamyar /srv/hamyar
COPY scripts/rasa_server.py scripts/rasa_server.py
USER hamyar
ENV RASA_HOST=0.0.0.0 RASA_PORT=5005 PYTHONPATH=/srv/hamyar PYTHONUNBUFFERED=1 HOME=/tmp MPLCONFIGDIR=/tmp
EXPOSE 5005
# RASA_TOKEN comes from outside; without it the server refuses to start.
CMD ["sh", "-c", "exec .venv-rasa/bin/python scripts/rasa_server.py \"$(ls -t models/*.tar.gz | head -n 1)\""]
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s --retries=4 \
  CMD [".venv-rasa/bin/python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:5005/status?token=' + os.environ['RASA_TOKEN'], timeout=4)"]

# ------------------------------------------------------------------ everything else (Python 3.11)
FROM python:3.11-slim-bookworm AS app-build
WORKDIR /srv/hamyar
COPY scripts scripts
COPY requirements requirements
RUN python scripts/bootstrap.py app assets

FROM python:3.11-slim-bookworm AS app
RUN useradd --system --uid 10001 --home-dir /srv/hamyar --shell /usr/sbin/nologin hamyar
WORKDIR /srv/hamyar
COPY --from=app-build /srv/hamyar/.venv .venv
COPY . .
COPY --from=app-build /srv/hamyar/web/static/vendor web/static/vendor
RUN mkdir -p var/log var/attachments && chown -R hamyar: var
USER hamyar
ENV PATH=/srv/hamyar/.venv/bin:$PATH PYTHONUNBUFFERED=1 HAMYAR_LOG_FORMAT=json TZ=Asia/Tehran
VOLUME /srv/hamyar/var
EXPOSE 8080 8081
ENTRYPOINT ["hamyar"]
CMD ["run", "--role", "web"]
